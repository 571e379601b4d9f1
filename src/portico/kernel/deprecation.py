"""Answers that say that their route is on its way out: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).

    items = router(dependencies=[deprecated(since=SINCE, sunset=SUNSET, successor="/api/v2/items")])

A client that looks at headers learns in time when the route goes, and what to call instead.
"""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

from fastapi import Depends, Request, Response

from portico.kernel.paging import origin_of


def deprecated(*, since: datetime, sunset: datetime, successor: str) -> Any:
    """A dependency for a route. The times are in UTC; `successor` is a path of the same app."""
    marks = {
        "Deprecation": f"@{int(since.timestamp())}",
        "Sunset": format_datetime(sunset, usegmt=True),
    }

    async def mark(request: Request, response: Response) -> None:
        response.headers.update(marks)
        address = f"{origin_of(request)}{request.scope.get('root_path', '')}{successor}"
        response.headers.append("Link", f'<{address}>; rel="successor-version"')

    return Depends(mark)
