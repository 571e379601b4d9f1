"""Calls of every route of the factory, made from its OpenAPI document: see `openapi_calls`.

Whatever a call has to name, in its path, its query or its body, is the row of `tests.apps.factory.everything`: each
table has one of each company, whose number and whose mark in every text are known.
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.apps.factory.world import PIN, Company, World
from tests.contract.openapi_calls import Api

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


@dataclass(frozen=True)
class Subject:
    """Whose rows calls name."""

    company: Company
    mark: str

    @property
    def number(self) -> int:
        return NUMBERS[self.mark]

    def number_of(self, name: str) -> int:
        return self.number

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


API = Api("factory", THING, said=SAID, named=NAMED, texts={"pin": PIN, "time_zone": "Europe/Vienna"})
operations = API.operations


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
