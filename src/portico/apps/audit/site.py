"""The pages of this app: where they begin, who sees which, and what each of them is given."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import Field

from portico.apps.audit.access import PageReadAccess, PageWriteAccess
from portico.apps.audit.formats import FILTERS
from portico.apps.audit.pages import reads
from portico.apps.audit.permissions import Access, Action
from portico.kernel.database import Connection, Row
from portico.kernel.errors import InvalidInput, PreconditionFailed, Problem
from portico.kernel.etags import IfMatch
from portico.kernel.inputs import Now, row_id
from portico.kernel.pages import Pages
from portico.kernel.transaction import Transaction
from portico.kernel.unit_of_work import Reading, Writing

HERE = Path(__file__).parent
START = "/pages/start"
ENGAGEMENTS = "/pages/engagements"
CLIENTS = "/pages/clients"
FRAMEWORKS = "/pages/frameworks"
REVIEW = "/pages/review"
PORTAL = "/pages/portal"
TABS = (
    ("Overview", ""), ("Procedures", "/procedures"), ("Requests", "/requests"), ("Evidence", "/evidence"),
    ("Ledgers and tests", "/tests"), ("Reconciliations", "/reconciliations"), ("Populations", "/populations"),
    ("Samples", "/samples"), ("Workpapers", "/workpapers"), ("Findings", "/findings"), ("Controls", "/controls"),
)  # fmt: skip
"""The parts of an engagement, and where each is below it."""
CHANGED = (
    "Somebody else has changed it since you opened it. What is here now is theirs, what you have typed is still in the"
    " form, and nothing of it is kept yet. Keep it if it is to stand instead of theirs."
)

site = Pages(title="Portico Audit", templates=HERE / "templates", static=HERE / "static", start=START)
site.environment.filters.update(FILTERS)


@dataclass(frozen=True)
class Desk:
    """Where somebody sits who has signed in: what they may do, and what time it is."""

    request: Request
    connection: Connection
    access: Access
    now: datetime

    @property
    def me(self) -> int:
        return self.access.user_id

    async def page(self, template: str, *, status: int = 200, **values: Any) -> Any:
        """A page with the menu of those who have a role: the team has the workbench, the client the portal."""
        roles = await reads.roles(self.connection, self.me)
        menu = [(label, path) for label, path, has in (
            ("Engagements", ENGAGEMENTS, roles["team"] or not roles["auditee"]), ("Review", REVIEW, roles["reviews"]),
            ("My requests", PORTAL, roles["auditee"]), ("Clients", CLIENTS, self.access.may(Action.READ_CLIENTS)),
            ("Frameworks", FRAMEWORKS, roles["team"] or self.access.may(Action.CONFIGURE)),
        ) if has]  # fmt: skip
        given = {"done": "", "wrong": "", "errors": {}, "values": {}, **values}
        return site.page(
            self.request, template, status=status, menu=menu, who=self.access.user_name, now=self.now, **given
        )

    async def part(self, template: str, tab: str, engagement: Row, *, status: int = 200, **values: Any) -> Any:
        """A page of an engagement, with its tabs."""
        here = f"{ENGAGEMENTS}/{engagement['id']}"
        return await self.page(
            template, status=status, engagement=engagement, here=here, tab=tab,
            tabs=[(label, f"{here}{path}") for label, path in TABS], **values,
        )  # fmt: skip

    def go_to(self, path: str, done: str = "") -> Any:
        return site.go_to(self.request, path, **({"done": done} if done else {}))


@dataclass(frozen=True)
class WriteDesk(Desk):
    """A desk whose form is being taken."""

    write: Transaction


async def _to_read(request: Request, reading: Reading, access: PageReadAccess, now: Now) -> Desk:
    return Desk(request, reading, access, now)


async def _to_write(request: Request, write: Writing, access: PageWriteAccess, now: Now) -> WriteDesk:
    return WriteDesk(request, await write.connection(), access, now, write)


ReadingDesk = Annotated[Desk, Depends(_to_read)]
WritingDesk = Annotated[WriteDesk, Depends(_to_write)]


async def refused(
    desk: WriteDesk, refusal: Problem, form: Mapping[str, str], show: Callable[..., Awaitable[Any]], *about: Any
) -> Any:
    """The page of a form again, with what was typed, and why it was refused. Nothing of it is kept.

    `show` takes a desk, what it is about, and as `values`, `errors` and `wrong` what it shows of that.
    """
    await desk.write.close()
    there = replace(desk, connection=await desk.write.connection())
    errors = refusal.details if isinstance(refusal, InvalidInput) else {}
    wrong = "" if errors else CHANGED if isinstance(refusal, PreconditionFailed) else refusal.text
    return await show(there, *about, status=refusal.status, values=form, errors=errors, wrong=wrong)


def filled(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Those of these fields that hold something. A form sends what was left empty, too."""
    return {name: form[name] for name in names if form.get(name, "").strip()}


def number(form: Mapping[str, str], name: str) -> int:
    """Of a field that people choose and do not type. Raises `InvalidInput`."""
    found = row_id(form.get(name, ""))
    if found is None:
        raise InvalidInput(details={name: "choose one"})
    return found


def shown(form: Mapping[str, str]) -> IfMatch:
    """The version that a form was filled in for."""
    return IfMatch(f'"{form.get("version", "")}"')


Chosen = Annotated[str, Query(max_length=60), Field(pattern=r"^[\w-]*$")]
"""A word of a list that a form offers; empty for all of them."""
