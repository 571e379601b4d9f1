"""The pages of this app: where they begin, who sees which, and what each of them is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from portico.apps.factory.access import PageReadAccess, PageWriteAccess
from portico.apps.factory.companies import reads as companies
from portico.apps.factory.formats import FILTERS
from portico.apps.factory.local_time import zone_of_company
from portico.apps.factory.permissions import Access, Action
from portico.kernel.database import Connection
from portico.kernel.errors import InvalidInput
from portico.kernel.inputs import row_id
from portico.kernel.pages import Pages
from portico.kernel.unit_of_work import Reading, Writing

M = TypeVar("M", bound=BaseModel)

HERE = Path(__file__).parent
DASHBOARD = "/pages/admin"
OPERATOR = "/pages/operator"
MENU = (
    ("Dashboard", DASHBOARD, Action.READ),
    ("Projects", "/pages/admin/projects", Action.READ),
    ("Cut plans", "/pages/admin/cut-plans", Action.PLAN),
    ("Stock", "/pages/admin/stock", Action.READ),
    ("Recall", "/pages/admin/recall", Action.BLOCK),
    ("OEE", "/pages/admin/oee", Action.READ),
    ("Users", "/pages/admin/users", Action.CONFIGURE),
    ("Workstations", "/pages/admin/workstations", Action.CONFIGURE),
    ("API keys", "/pages/admin/api-keys", Action.CONFIGURE),
    ("Companies", "/pages/admin/companies", Action.COMPANIES),
)

site = Pages(title="Ra Factory", templates=HERE / "templates", static=HERE / "static", start=DASHBOARD)
site.environment.filters.update(FILTERS)


@dataclass(frozen=True)
class Desk:
    """Where somebody sits who has signed in: what they may do, and for which company they work."""

    request: Request
    connection: Connection
    access: Access

    async def page(self, template: str, *, status: int = 200, **values: Any) -> Any:
        """A page of the office, with its menu, the company and how that one's clocks go."""
        may = self.access.may
        menu = [(label, path) for label, path, action in MENU if may(action)]
        return site.page(
            self.request, template, status=status, menu=menu, may=may, actions=Action, who=self.access.user_name,
            company=await companies.company(self.connection), zone=await self.zone(), **values,
        )  # fmt: skip

    async def zone(self) -> ZoneInfo:
        return await zone_of_company(self.connection)


async def _to_read(request: Request, reading: Reading, access: PageReadAccess) -> Desk:
    access.require(Action.READ)
    return Desk(request, reading, access)


async def _to_write(request: Request, write: Writing, access: PageWriteAccess) -> Desk:
    return Desk(request, await write.connection(), access)


ReadDesk = Annotated[Desk, Depends(_to_read)]
WriteDesk = Annotated[Desk, Depends(_to_write)]


Search = Annotated[str, Query(max_length=100)]


def number(text: str) -> int:
    """Of a form's field that people do not type. Raises `InvalidInput`."""
    found = row_id(text)
    if found is None:
        raise InvalidInput(details={"form": "has a number that is none"})
    return found
