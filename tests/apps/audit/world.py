"""A small firm of auditors and the client whose books it examines: its people, and one engagement in fieldwork.

Everything is made over HTTP but the accounts, whose passwords are cheap to check: hundreds of tests sign in.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from portico.kernel.clock import Clock, system_clock
from tests.contract.shop import PASSWORD, QUICK_HASH, made, unique
from tests.owner import Owner
from tests.servers import serving_app

API = "/api/v1"
PERIOD = {"period_start": "2025-01-01", "period_end": "2025-12-31"}
TO_ARCHIVE = ("submit-review", "draft-report", "issue", "close", "archive")
"""What leads from the fieldwork to the archive, where nothing is open."""

ADD_USER = """
    INSERT INTO audit.users (email, username, pwd_hash, role, first_name, last_name)
    VALUES (%(email)s, %(email)s, %(pwd_hash)s, %(role)s, %(first_name)s, 'Test') RETURNING id, guid"""


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in. `id` is what the API shows, `user_id` what the database has."""

    user_id: int
    id: UUID
    email: str
    name: str
    tokens: dict[str, Any]
    client: httpx.Client


class World:
    """One served app.

    In the firm there are `admin` and `lead` (an engagement lead), and of the staff `auditor`, `reviewer`, a second
    auditor `colleague`. `auditee` and `other_auditee` are people of the client. All but `admin` have their roles in
    `engagement`, which is in fieldwork; nobody in it is named to accept risks. `stranger` leads `other_engagement`, of
    another client, where `other_reviewer` and `foreign_auditee` are. `nobody` has not signed in. Each of them is a
    `Person`; their HTTP clients are `.client`.
    """

    def __init__(self, nobody: httpx.Client, url: str) -> None:
        self.nobody = nobody
        self.url = url
        self._open = ExitStack()
        self.sql = self._open.enter_context(closing(Owner(url)))
        self.admin = self.person("admin")
        self.lead = self.person("engagement_lead", "Lea")
        self.auditor = self.person(first_name="Aude")
        self.colleague = self.person(first_name="Cole")
        self.reviewer = self.person(first_name="Rita")
        self.auditee = self.person(first_name="Olga")
        self.other_auditee = self.person(first_name="Otto")
        self.stranger = self.person("engagement_lead", "Stan")
        self.other_reviewer = self.person(first_name="Rolf")
        self.foreign_auditee = self.person(first_name="Fred")
        self.company = self.new_client()
        self.engagement = self.new_engagement()
        self.other_engagement = self.new_engagement(
            by=self.stranger, client_id=self.new_client()["id"], team={"reviewer": [self.other_reviewer],
            "auditee": [self.foreign_auditee]},
        )  # fmt: skip
        self.id: int = self.engagement["id"]
        self.path = f"{API}/engagements/{self.id}"

    def close(self) -> None:
        self._open.close()

    # People

    def person(self, role: str = "staff", first_name: str = "Ann") -> Person:
        """A new account with PASSWORD that has signed in, with this role in the firm."""
        email = f"{unique(role.replace('_', '-'))}@example.com"
        values = {"email": email, "pwd_hash": QUICK_HASH, "role": role, "first_name": first_name}
        row = self.sql(ADD_USER, **values)[0]
        tokens = done(self.nobody.post(f"{API}/auth/login", json={"email": email, "password": PASSWORD}))
        client = self.client(Authorization=f"Bearer {tokens['access_token']}")
        return Person(row["id"], row["guid"], email, f"{first_name} Test", tokens, client)

    def client(self, **headers: str) -> httpx.Client:
        client = httpx.Client(base_url=self.nobody.base_url, timeout=30, verify=False, headers=headers)
        return self._open.enter_context(client)

    # Engagements

    def new_client(self, **values: Any) -> dict[str, Any]:
        return made(self.lead.client.post(f"{API}/clients", json={"name": unique("Client"), **values}))

    def new_engagement(
        self,
        *,
        by: Person | None = None,
        client_id: int | None = None,
        team: dict[str, list[Person]] | None = None,
        is_started: bool = True,
        **values: Any,
    ) -> dict[str, Any]:
        """A new engagement of this lead and this team (of the world's where none is given), in fieldwork."""
        lead = (by or self.lead).client
        body = {"client_id": client_id or self.company["id"], "name": unique("Audit"), **PERIOD, **values}
        engagement = made(lead.post(f"{API}/engagements", json=body))
        for role, people in (self.team if team is None else team).items():
            for person in people:
                self.appoint(engagement["id"], person, role, by=by)
        path = f"{API}/engagements/{engagement['id']}"
        return done(lead.post(f"{path}/start") if is_started else lead.get(path))

    @property
    def team(self) -> dict[str, list[Person]]:
        return {
            "auditor": [self.auditor, self.colleague], "reviewer": [self.reviewer],
            "auditee": [self.auditee, self.other_auditee],
        }  # fmt: skip

    def appoint(
        self, engagement_id: int, person: Person, role: str, *, by: Person | None = None, may_accept_risk: bool = False
    ) -> dict[str, Any]:
        path = f"{API}/engagements/{engagement_id}/members/{person.id}"
        body = {"role": role, "may_accept_risk": may_accept_risk}
        return done((by or self.lead).client.put(path, json=body))

    def move(self, engagement_id: int, *actions: str, by: Person | None = None) -> dict[str, Any]:
        """Move an engagement on, by these actions one after the other."""
        engagement: dict[str, Any] = {}
        for action in actions:
            engagement = done((by or self.lead).client.post(f"{API}/engagements/{engagement_id}/{action}"))
        return engagement

    def archive(self, engagement_id: int) -> dict[str, Any]:
        """Archive an engagement that is in fieldwork, and in which nothing is open."""
        return self.move(engagement_id, *TO_ARCHIVE)

    # The database


@contextmanager
def open_world(url: str, *, clock: Clock = system_clock, **settings: Any) -> Iterator[World]:
    """Serve the app on a database that is migrated, by this clock, and make a world in it."""
    with serving_app("audit", url, clock=clock, **settings) as nobody:
        world = World(nobody, url)
        try:
            yield world
        finally:
            world.close()


def done(found: httpx.Response) -> dict[str, Any]:
    """The body of an answer that is a success."""
    assert found.is_success, found.text
    body: dict[str, Any] = found.json() if found.content else {}
    return body
