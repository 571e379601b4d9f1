"""An engagement to audit the books of the sample company, with short words for what its people do over and over."""

from dataclasses import dataclass, field
from typing import Any

from portico.apps.audit.sample.entries import Books
from portico.apps.audit.sample.papers import Papers
from tests.apps.audit.papers import step
from tests.apps.audit.vault import filed
from tests.apps.audit.world import API, World, done
from tests.clocks import MovableClock
from tests.contract.shop import made


@dataclass
class Audit:
    """The engagement, and what its people have done in it so far."""

    world: World
    clock: MovableClock
    id: int
    papers: Papers
    """What the client has; the same as `portico seed audit` has."""
    procedures: dict[str, int] = field(default_factory=dict)
    """By their codes."""

    @property
    def books(self) -> Books:
        return self.papers.books

    @property
    def ledger(self) -> bytes:
        return self.papers.files["ledger"].content

    @property
    def misstated(self) -> bytes:
        """The first export, in which somebody has typed a total."""
        total, wrong = (f"<TotalCredit>{amount}<".encode() for amount in (self.books.credit, self.books.credit - 5000))
        assert total in self.ledger
        return self.ledger.replace(total, wrong)

    def planted(self, kind: str = "") -> set[str]:
        """The numbers of what was planted for one test, or for all."""
        return {each.number for each in self.books.planted if kind in ("", each.test)}

    @property
    def path(self) -> str:
        return f"{API}/engagements/{self.id}"

    def get(self, path: str, **params: Any) -> Any:
        return done(self.world.auditor.client.get(f"{API}/{path}", params=params))

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Make something; `path` is below the engagement, unless it begins with a slash."""
        url = f"{API}{path}" if path.startswith("/") else f"{self.path}/{path}"
        return made(self.world.auditor.client.post(url, json=body))

    def move(self, *actions: str) -> dict[str, Any]:
        return self.world.move(self.id, *actions)

    def ask(self, title: str, **values: Any) -> dict[str, Any]:
        """A request to the client, which is sent."""
        draft = self.post("requests", title=title, assignee_id=str(self.world.auditee.id), **values)
        return dict(step(self.world.auditor, f"requests/{draft['id']}", "send"))

    def answer(self, asked: dict[str, Any], content: bytes, name: str, **form: Any) -> dict[str, Any]:
        """The client files a paper and submits: the version."""
        version = filed(self.world, content, by=self.world.auditee, name=name, **{"engagement": self.id, **form})
        step(self.world.auditee, f"requests/{asked['id']}", "submit", answer="Here it is.")
        return dict(version)
