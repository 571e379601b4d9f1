"""Calls of every route of the factory, made from its OpenAPI document: a route that is added is among them by itself.

Whatever a call has to name, in its path, its query or its body, is the row of `tests.apps.factory.everything`: each
table has one of each company, whose number and whose mark in every text are known.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import httpx

from portico import registry
from portico.kernel.app import document
from tests.apps.factory.world import PIN, Company, World
from tests.contract.shop import PASSWORD, unique
from tests.servers import settings_of

NUMBERS = {"ours": 555, "theirs": 777}
THING = re.compile(
    r"(^|_)ids?$|^(workstation|project|component|assembly|piece|article|material|location|lot|work_order|operation"
    r"|report|shipment|routing|reason|user|source|target|to|lots|pieces)$"
)
"""What is called like this, and is a number, is the id of something."""
SAID: dict[str, dict[str, Any]] = {
    "POST /api/v1/api-keys": {"scopes": ["sync:read"]},
    "POST /api/v1/cut-plans": {"pieces": [{"length": 1000, "qty": 1}], "stock": [{"length": 6000, "qty": 1}]},
    "POST /api/v1/inspections": {"result": "pass"},
    "POST /api/v1/lots/{lot_id}/merge": {"lot_ids": [1]},
    "POST /api/v1/lots/{lot_id}/move": {"to_location_id": 1},
    "POST /api/v1/operations/{operation_id}/report": {"good": 1},
    "POST /api/v1/shifts": {"ends_at": "2026-03-01T20:00:00Z"},
    "PUT /api/v1/shifts/{shift_id}": {"ends_at": "2026-03-01T20:00:00Z"},
}
"""What a body says beside what its schema asks for, since a rule asks for it."""
NAMED = {
    "POST /api/v1/inspections": ("lot_id",),
    "POST /api/v1/nonconformances": ("lot_id",),
    "GET /api/v1/recall": ("lot",),
    "GET /api/v1/recall.csv": ("lot",),
    "POST /api/v1/recalls": ("lot",),
}
"""Of several things that a call may name, the one that it does."""
NOW = "2026-03-01T12:00:00Z"


@dataclass(frozen=True)
class Subject:
    """Whose rows calls name."""

    company: Company
    mark: str

    @property
    def number(self) -> int:
        return NUMBERS[self.mark]

    def uuid(self, name: str) -> UUID:
        """The one that a route means by this name."""
        table = {"company_id": "companies", "session_id": "sessions", "key_id": "api_keys"}.get(name)
        of = {"user_guid": "users", "workstation_guid": "workstations"}.get(name)
        if table == "companies" or (table is None and of is None):
            return self.company.id
        world, company = self.company.world, self.company.id
        column, where = ("id", "user_id") if table else ("guid", "id")
        query = f"SELECT {column} AS found FROM factory.{table or of} WHERE company_id = %(c)s AND {where} = %(n)s"
        found: UUID = world.sql(query, c=company, n=self.number)[0]["found"]
        return found


@dataclass(frozen=True)
class Operation:
    """A route and one of its methods, as the document describes them."""

    method: str
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def body(self) -> dict[str, Any] | None:
        content = self.described.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return found

    def parameters(self, place: str) -> list[dict[str, Any]]:
        return [each for each in self.described.get("parameters", []) if each["in"] == place]

    def call(self, client: httpx.Client, subject: Subject, *, full: bool = False) -> httpx.Response:
        """Call it about the subject's things. `full`: with everything that may be said; else with what must be."""
        make = Maker(subject, full=full)
        path = self.path
        for each in self.parameters("path"):
            path = path.replace(f"{{{each['name']}}}", str(make.value(each["name"], each["schema"])))
        query = {
            each["name"]: make.value(each["name"], each["schema"])
            for each in self.parameters("query")
            if each.get("required") or (full and THING.search(each["name"]))
        }
        headers = {each["name"]: unique("header") for each in self.parameters("header") if each.get("required")}
        body = None if self.body is None else make.value("", self.body)
        if isinstance(body, dict):
            wanted = _resolved(self.body or {})["properties"]
            named = {name: Maker(subject, full=True).value(name, wanted[name]) for name in NAMED.get(str(self), ())}
            body |= SAID.get(str(self), {}) | named
        query |= {name: subject.number for name in NAMED.get(str(self), ()) if self.method == "GET"}
        return client.request(self.method, path, params=query, json=body, headers=headers)


@cache
def _document() -> dict[str, Any]:
    return document(registry.load("factory"), settings_of("postgresql://nowhere"))


def operations() -> Iterator[Operation]:
    for path, methods in _document()["paths"].items():
        for method, described in methods.items():
            yield Operation(method.upper(), path, described)


@dataclass(frozen=True)
class Maker:
    """Makes the smallest value, or the fullest one, that a schema takes."""

    subject: Subject
    full: bool

    def value(self, name: str, schema: dict[str, Any]) -> Any:
        schema = _resolved(schema)
        if "enum" in schema or "const" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            least = max(schema.get("minItems", 0), 1 if self.full else 0)
            return [self.value(name, schema.get("items", {})) for _ in range(least)]
        if kind in ("integer", "number"):
            return self._number(name, schema, whole=kind == "integer")
        return self._text(name, schema) if kind == "string" else True

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        wanted = schema.get("properties", {})
        needed = schema.get("required", [])
        return {name: self.value(name, each) for name, each in wanted.items() if self.full or name in needed}

    def _number(self, name: str, schema: dict[str, Any], *, whole: bool) -> int | float:
        if whole and THING.search(name):
            return self.subject.number
        least: float = max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1, 1)
        return int(least) if whole else least

    def _text(self, name: str, schema: dict[str, Any]) -> str:
        known = {
            "email": f"{unique('made')}@example.com", "password": PASSWORD, "pin": PIN, "time_zone": "Europe/Vienna",
            "uuid": str(self.subject.uuid(name)), "date-time": NOW, "date": NOW[:10], "time": NOW[11:19],
        }  # fmt: skip
        found = known.get(schema.get("format", "")) or known.get(name)
        if found:
            return found
        return f"{self.subject.mark}-{name}" if self.full else unique(name or "text")


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while True:
        if "$ref" in schema:
            schema = _document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema or "oneOf" in schema:
            schema = next(each for each in schema.get("anyOf") or schema["oneOf"] if each.get("type") != "null")
        else:
            return schema


def clients(company: Company) -> dict[str, httpx.Client]:
    """The callers of one company, by the names that the table of rights has for them."""
    world: World = company.world
    return {
        "operator": company.operator.client,
        "floor": company.floor,
        "manager": company.manager.client,
        "admin": company.admin.client,
        "system": company.boss,
        "key": company.key,
    } | {"nobody": world.nobody}
