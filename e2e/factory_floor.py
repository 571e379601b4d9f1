"""A workstation, an operator and an order of their own for each test of the factory's pages, made over its API."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from e2e.accessibility import assert_accessible
from e2e.conftest import Shots

ADMIN = os.environ.get("E2E_FACTORY_ADMIN", "a.petrov@delice.bg")
PASSWORD = os.environ.get("E2E_FACTORY_PASSWORD", "password")
PIN = "271828"
TABLET: Any = {"width": 1280, "height": 800}
PHONE: Any = {"width": 390, "height": 844}

SIDES = {"L": 1450, "R": 1450, "T": 980, "B": 980}
"""The pieces of a frame, in millimetres."""


@dataclass(frozen=True)
class Floor:
    """`order` is released for `station`, where `lot` lies and `badge` may sign in with PIN."""

    api: httpx.Client
    station: dict[str, Any]
    badge: str
    person: str
    order: dict[str, Any]
    lot: dict[str, Any]
    reason: str

    @property
    def operation(self) -> int:
        number: int = self.order["operations"][0]["id"]
        return number

    def reports(self) -> list[dict[str, Any]]:
        """What the server has booked at the order's operation, the oldest first."""
        found = self.api.get("/reports", params={"operation": self.operation})
        return list(reversed(found.json()["items"]))

    def state(self) -> str:
        state: str = self.api.get(f"/operations/{self.operation}").json()["state"]
        return state


@contextmanager
def signed_in(url: str) -> Iterator[httpx.Client]:
    """A client that sends the administrator's token."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as client:
        found = client.post("/auth/login", json={"email": ADMIN, "password": PASSWORD})
        if found.status_code != 200:
            pytest.skip(f"{ADMIN} cannot sign in at this server: it has no sample data")
        client.headers["Authorization"] = f"Bearer {found.json()['access_token']}"
        yield client


def new_floor(api: httpx.Client, *, quantity: int = 10) -> Floor:
    name = f"e2e-{uuid4().hex[:8]}"
    station = made(api.post("/workstations", json={"name": f"Saw {name}", "type": "Machine", "location": "Hall 1"}))
    person = {"email": f"{name}@example.com", "full_name": f"Ivan {name}", "role": "Operator", "pin": PIN}
    badge = made(api.post("/users", json=person))["guid"]
    place = made(
        api.post("/locations", json={"code": f"P-{name}", "kind": "floor", "workstation_id": station["id"]})
    )  # fmt: skip
    material = made(api.post("/materials", json={"code": f"M-{name}", "name": "Profile 70", "unit": "m"}))
    lot = {"code": f"L-{name}", "material_id": material["id"], "quantity": 100, "location_id": place["id"]}
    lot = made(api.post("/lots", json={**lot, "supplier": "Salamander", "supplier_lot": f"S-{name}", "released": True}))
    article = made(api.post("/articles", json={"code": f"A-{name}", "name": "Frame 70 mm, white"}))
    reason = made(api.post("/scrap-reasons", json={"code": f"R-{name}", "name": f"Scratched {name}"}))
    step = {"name": "Cut", "workstation_id": station["id"], "standard_seconds": 60, "instruction": "Cut at 45 degrees."}
    routing = made(api.post("/routings", json={"code": f"T-{name}", "steps": [step]}))
    assert api.post(f"/routings/{routing['id']}/release").is_success
    order = {"code": f"W-{name}", "routing_id": routing["id"], "article_id": article["id"], "quantity": quantity}
    order = made(api.post("/work-orders", json={**order, "due_on": "2026-12-24"}))
    released = api.post(f"/work-orders/{order['id']}/release")
    assert released.is_success, released.text
    return Floor(api, station, badge, person["full_name"], released.json(), lot, reason["code"])


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A browser without history, on whose console nothing may stand but that something could not be fetched."""
    context = browser.new_context(viewport=TABLET, **options)
    complaints: list[str] = []
    context.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


def seen(page: Page, name: str) -> None:
    """Keep a picture at both sizes. Nothing may be wider than the screen, without a name, or faint."""
    assert_accessible(page)
    for size, device in ((PHONE, "phone"), (TABLET, "tablet")):
        page.set_viewport_size(size)
        Shots(device).take(page, f"factory-{name}", schemes=("light",))


def synced(url: str, key: str) -> str:
    """What the planning program sends with its key: a project of two windows. Its code."""
    code = f"E-{uuid4().hex[:8]}"
    windows = [f"{code}-{number}" for number in (1, 2)]
    sides = [(f"{window}-{side}", window, length) for window, (side, length) in product(windows, SIDES.items())]
    with httpx.Client(base_url=f"{url}/api/v1/sync", timeout=30, headers={"X-API-Key": key}) as program:
        for noun, rows in {
            "projects": [{"code": code, "name": "House by the sea", "customer": "Ivanov", "due_on": "2026-12-20"}],
            "components": [{"code": each, "project_code": code, "name": "Window"} for each in windows],
            "assemblies": [{"code": f"{each}-F", "component_code": each, "name": "Frame"} for each in windows],
            "pieces": [
                {"code": each, "assembly_code": f"{window}-F", "outer_length": length, "profile": "S8000 white"}
                for each, window, length in sides
            ],
        }.items():
            found = program.post(f"/{noun}", json={noun: rows})
            assert found.is_success, found.text
    return code


def made(found: httpx.Response) -> dict[str, Any]:
    assert found.status_code == 201, found.text
    body: dict[str, Any] = found.json()
    return body
