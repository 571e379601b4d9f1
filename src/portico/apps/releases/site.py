"""The pages of this app: where they begin, what their navigation names, and what they say after a form was taken."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, Field

from portico.apps.releases.formats import FILTERS
from portico.kernel.errors import InvalidInput
from portico.kernel.forms import checked
from portico.kernel.pages import Pages
from portico.kernel.paging import BIGGEST_ID

M = TypeVar("M", bound=BaseModel)

HERE = Path(__file__).parent
BOARD = "/pages/board"
INBOX = "/pages/approvals"
DORA = "/pages/dora"
FREEZES = "/pages/freezes"
INCIDENTS = "/pages/incidents"
RELEASES = "/pages/releases"
DEPLOYMENTS = "/pages/deployments"

site = Pages(
    title="Portico Releases", templates=HERE / "templates", static=HERE / "static", start=BOARD,
    navigation={
        "Board": BOARD, "Releases": RELEASES, "Approvals": INBOX, "DORA": DORA, "Freezes": FREEZES,
        "Incidents": INCIDENTS,
    },
)  # fmt: skip
site.environment.filters.update(FILTERS)


def typed(model: type[M], values: Mapping[str, Any]) -> M:
    """What a short form holds, as the body that the route of the same name takes. Raises `InvalidInput`."""
    body, errors = checked(model, values)
    if body is None:
        raise InvalidInput(details=errors)
    return body


def _blank(value: Any) -> Any:
    """A form sends what was left empty, too."""
    return None if value == "" else value


Blank = BeforeValidator(_blank)
Done = Annotated[str, Query(max_length=40)]
Chosen = Annotated[Annotated[int, Field(ge=0, le=BIGGEST_ID)] | None, Blank, Query()]
"""One of a list that a form offers, or none of them."""
