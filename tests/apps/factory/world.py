"""Two companies of one installation: their people, a workstation with an operator at it, and their programs.

The rows are written by a superuser, past every policy; everything else goes over HTTP. Passwords are cheap to check.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import bcrypt
import httpx

from portico.apps.factory.access import HEADER
from portico.apps.factory.tables import HOME
from portico.kernel.clock import Clock, system_clock
from tests.contract.shop import PASSWORD, QUICK_HASH, Account, unique
from tests.owner import Owner
from tests.servers import serving_app

PIN = "271828"
QUICK_PIN_HASH = bcrypt.hashpw(PIN.encode(), bcrypt.gensalt(4)).decode()
"""Of PIN, and as cheap to check as QUICK_HASH."""
API = "/api/v1"

ADD_USER = """
    INSERT INTO factory.users (company_id, username, email, full_name, role, pwd_hash, pin_hash)
    VALUES (%(company)s, %(email)s, %(email)s, %(name)s, %(role)s,
        CASE WHEN %(role)s <> 'Integration' THEN %(pwd_hash)s END,
        CASE WHEN %(role)s = 'Operator' THEN %(pin_hash)s END)
    RETURNING id, guid"""
ADD_KEY = """
    INSERT INTO factory.api_keys (company_id, id, user_id, name, digest, hint, scopes, created_at, expires_at)
    VALUES (%(company)s, gen_random_uuid(), %(user_id)s, 'tests', %(digest)s, 'rfk_test', %(scopes)s, now(),
        now() + interval '1000 years')"""


@dataclass
class Company:
    """One of the tenants. Its people and its program are made when somebody asks for them.

    `admin`, `manager` and `operator` have signed in by password; `floor` is the client of another operator, who has
    signed in by badge at `station`. `key` is the client of a program that may sync. `boss` is the SystemAdmin's client
    in this company.
    """

    world: "World" = field(repr=False)
    name: str
    id: UUID = field(default_factory=uuid4)

    @cached_property
    def admin(self) -> Account:
        return self.world.account("CompanyAdmin", self)

    @cached_property
    def manager(self) -> Account:
        return self.world.account("ProjectManager", self)

    @cached_property
    def operator(self) -> Account:
        return self.world.account("Operator", self)

    @cached_property
    def station(self) -> dict[str, Any]:
        return self.world.new_station(self)

    @cached_property
    def floor(self) -> httpx.Client:
        return self.world.at_station(self.station, self)

    @cached_property
    def key(self) -> httpx.Client:
        return self.world.key("sync:read", "sync:write", company=self)

    @cached_property
    def boss(self) -> httpx.Client:
        token = self.world.system.tokens["access_token"]
        return self.world.client(Authorization=f"Bearer {token}", **{HEADER: str(self.id)})


class World:
    """One served app with the companies `ours` and `theirs`. `system` is a SystemAdmin; `nobody` has not signed in."""

    def __init__(self, nobody: httpx.Client, url: str) -> None:
        self.nobody = nobody
        self.url = url
        self._open = ExitStack()
        self.sql = self._open.enter_context(closing(Owner(url)))
        self.ours = self.new_company("Delice")
        self.theirs = self.new_company("Okna")

    def close(self) -> None:
        self._open.close()

    @cached_property
    def system(self) -> Account:
        return self.account("SystemAdmin", self.home)

    @property
    def home(self) -> Company:
        """That of those who run the installation."""
        return Company(self, "Ra Factory", HOME)

    def new_company(self, name: str = "company") -> Company:
        company = Company(self, unique(name))
        self.sql("INSERT INTO factory.companies (id, name) VALUES (%(id)s, %(name)s)", id=company.id, name=company.name)
        return company

    # People and programs

    def account(self, role: str, company: Company | None = None) -> Account:
        """A new account with PASSWORD, and of an operator with PIN, that has signed in."""
        row = self.person(role, company)
        tokens = log_in(self.nobody, row["email"])
        client = self.client(Authorization=f"Bearer {tokens['access_token']}")
        return Account(row["id"], row["name"], tokens, client)

    def person(self, role: str, company: Company | None = None) -> dict[str, Any]:
        """The `id`, the badge's `guid`, the `name` and the `email` of somebody new, who has not signed in."""
        name = unique(role.lower())
        values = {
            "company": (company or self.ours).id, "email": f"{name}@example.com", "name": name, "role": role,
            "pwd_hash": QUICK_HASH, "pin_hash": QUICK_PIN_HASH,
        }  # fmt: skip
        (row,) = self.sql(ADD_USER, **values)
        return {**row, "name": name, "email": values["email"]}

    def at_station(self, station: dict[str, Any], company: Company | None = None) -> httpx.Client:
        """The client of a new operator, who has signed in by badge and PIN at this workstation."""
        badge = self.person("Operator", company)["guid"]
        return self.client(Authorization=f"Bearer {self.badge_in(badge, station['guid'])['access_token']}")

    def badge_in(self, badge: UUID, station: UUID, pin: str = PIN) -> dict[str, Any]:
        body = {"user_guid": str(badge), "workstation_guid": str(station), "pin": pin}
        return done(self.nobody.post(f"{API}/auth/qr", json=body))

    def key(self, *scopes: str, company: Company | None = None) -> httpx.Client:
        """The client of a program, whose API key has these scopes."""
        company = company or self.ours
        text = f"rfk_{uuid4().hex}.{company.id}"
        digest = hashlib.sha256(text.encode()).digest()
        self.sql(ADD_KEY, company=company.id, user_id=self._program(company), digest=digest, scopes=list(scopes))
        return self.client(**{"X-API-Key": text})

    def _program(self, company: Company) -> int:
        """The one user that all keys of a company act for."""
        found = self.sql(
            "SELECT id FROM factory.users WHERE company_id = %(id)s AND role = 'Integration'", id=company.id
        )
        return int((found or [self.person("Integration", company)])[0]["id"])

    def client(self, **headers: str) -> httpx.Client:
        client = httpx.Client(base_url=self.nobody.base_url, timeout=30, verify=False, headers=headers)
        return self._open.enter_context(client)

    def visitor(self, cookies: dict[str, str]) -> httpx.Client:
        """A browser with these cookies, which follows no redirect."""
        return httpx.Client(base_url=self.nobody.base_url, timeout=30, verify=False, cookies=cookies)

    # Things

    def new_station(self, company: Company | None = None, type: str = "Machine", **values: Any) -> dict[str, Any]:
        """A workstation: its `id`, `guid`, `name` and `type`."""
        row = {"company_id": (company or self.ours).id, "name": unique("station"), "type": type, **values}
        return self.add("workstations", **row)

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        """A new row of a table of the factory's, in the company that `company_id` names, else in ours."""
        values = {"company_id": self.ours.id, **values}
        names, marks = ", ".join(values), ", ".join(f"%({name})s" for name in values)
        (row,) = self.sql(f"INSERT INTO factory.{table} ({names}) VALUES ({marks}) RETURNING *", **values)
        return row


@contextmanager
def open_world(url: str, *, clock: Clock = system_clock, **settings: Any) -> Iterator[World]:
    """Serve the app on a database that is migrated, by this clock, and make a world in it."""
    with serving_app("factory", url, clock=clock, **settings) as nobody:
        world = World(nobody, url)
        try:
            yield world
        finally:
            world.close()


def log_in(client: httpx.Client, email: str, password: str = PASSWORD) -> dict[str, Any]:
    return done(client.post(f"{API}/auth/login", json={"email": email, "password": password}))


def done(found: httpx.Response) -> dict[str, Any]:
    """The body of an answer that is a success."""
    assert found.is_success, found.text
    body: dict[str, Any] = found.json() if found.content else {}
    return body
