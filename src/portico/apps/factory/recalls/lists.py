"""The lists of recalls as CSV, part by part: each on a connection that it gives back, so that nobody waits for one."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from portico.apps.factory.recalls import reads
from portico.kernel.csv_cells import CSV, written
from portico.kernel.replica import Replica

UNIT = (
    "depth", "lot_id", "code", "state", "material", "article", "unit", "on_hand", "locations", "shipments", "customers",
)  # fmt: skip
FROZEN = ("depth", "lot_id", "code", "state", "state_before", "on_hand", "locations", "shipments", "customers")
AT_ONCE = 1000
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "A line for each unit.", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


def affected(request: Request, roots: Sequence[int]) -> Response:
    return _sent(request, "recall.csv", _affected(request.app.state.replica, roots))


def frozen(request: Request, recall_id: int, number: int) -> Response:
    return _sent(request, f"recall-{number}.csv", _frozen(request.app.state.replica, recall_id))


def _sent(request: Request, name: str, lines: AsyncIterator[bytes]) -> Response:
    headers = {"content-type": CSV, "content-disposition": f'attachment; filename="{name}"'}
    if request.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(lines, headers=headers)


async def _affected(replica: Replica, roots: Sequence[int]) -> AsyncIterator[bytes]:
    """The walk is done once; what each unit is now is asked for as the list comes to it."""
    yield written([UNIT])
    units = await replica.read(partial(reads.reached, roots=roots))
    for start in range(0, len(units), AT_ONCE):
        rows = await replica.read(partial(reads.part, units=units[start : start + AT_ONCE]))
        yield written(tuple(row[name] for name in UNIT) for row in rows)


async def _frozen(replica: Replica, recall_id: int) -> AsyncIterator[bytes]:
    yield written([FROZEN])
    after = 0
    while True:
        rows = await replica.read(partial(reads.units, recall_id=recall_id, limit=AT_ONCE, after=after))
        if not rows:
            return
        yield written(tuple(row[name] for name in FROZEN) for row in rows)
        after = rows[-1]["lot_id"]
