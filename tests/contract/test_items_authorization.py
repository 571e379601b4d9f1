"""Every route of items, called by everybody in both modes: the answers are those of `items_authorization.txt`."""

from typing import Any

import pytest

from tests.contract.authorization import Cell, Table
from tests.contract.browsing import Visitor
from tests.contract.shop import PASSWORD
from tests.contract.stall import Account, Stall, item, unique

TABLE = Table("items", modes=("sandbox", "private"), callers=("nobody", "stranger", "owner", "admin"))

PAGES = "/pages/"
STREAMS = ("/api/v1/events",)  # they do not end
QUERIES = {"/api/v1/items/search": {"q": "item"}}


@pytest.mark.parametrize("cell", [cell for cell in TABLE.cells() if not cell.path.startswith(PAGES)], ids=str)
def test_every_caller_of_every_route_gets_the_answer_of_the_table(cell: Cell, request: pytest.FixtureRequest) -> None:
    stall: Stall = request.getfixturevalue("stall" if cell.mode == "sandbox" else "private_stall")
    owner = stall.account()
    match cell.caller:
        case "nobody":
            caller = stall.nobody
        case "owner":
            caller = owner.client
        case _:
            caller = stall.account(is_admin=cell.caller == "admin").client
    name = unique("new")
    bodies: dict[str, Any] = {
        "POST /api/v1/auth/login": {"email": owner.email, "password": PASSWORD},
        "POST /api/v1/auth/refresh": {"refresh_token": owner.tokens["refresh_token"]},
        "POST /api/v1/items": {"name": "Lamp", "price": 1},
        "PUT /api/v1/items/{item_id}": {"quantity": 7},
        "POST /api/v1/users": {"email": f"{name}@example.com", "username": name, "password": PASSWORD},
        "PUT /api/v1/users/{user_id}": {"username": name},
    }
    key = {"name": "robot", "scopes": ["items:write"]}
    bodies["POST /api/v1/api-keys"] = key
    hook = {"url": "https://example.com/hook"}
    bodies["POST /api/v1/webhooks"] = hook
    bodies["POST /api/v1/webhooks/{webhook_id}/replay"] = {}
    bodies["PUT /api/v1/notifications/preferences"] = {"email": True}
    bodies["POST /api/v1/items/import"] = "whatever it is, it is a file"
    bodies["POST /graphql"] = {"query": "{ me { id } }"}
    item_id = item(owner.client)["id"]
    path = cell.path.format(
        file_id=owner.client.post(f"/items/{item_id}/files").json()["id"],
        webhook_id=owner.client.post("/webhooks", json=hook).json()["id"],
        item_id=item_id,
        notification_id=notification(stall, owner, item_id) if "{notification_id}" in cell.path else 0,
        user_id=owner.user_id,
        job_id=owner.client.post("/items/import", content=b"name,price").json()["job_id"]
        if "{job_id}" in cell.path
        else 0,
        session_id=owner.client.get("/auth/sessions").json()[0]["id"],
        key_id=owner.client.post("/api-keys", json=key).json()["id"],
    )
    method = "HEAD" if cell.path in STREAMS else cell.method
    cell.check(
        caller.request(method, path, params=QUERIES.get(cell.path), json=bodies.get(f"{cell.method} {cell.path}"))
    )


def notification(stall: Stall, owner: Account, item_id: int) -> int:
    """The owner is told that somebody else has changed an item."""
    stall.account(is_admin=True).client.put(f"/items/{item_id}", json={"quantity": 7})
    found: int = owner.client.get("/notifications").json()["notifications"][0]["id"]
    return found


@pytest.mark.parametrize("cell", [cell for cell in TABLE.cells() if cell.path.startswith(PAGES)], ids=str)
def test_every_visitor_of_every_page_gets_the_answer_of_the_table(cell: Cell, request: pytest.FixtureRequest) -> None:
    stall: Stall = request.getfixturevalue("stall" if cell.mode == "sandbox" else "private_stall")
    owner = stall.account()
    account = owner if cell.caller == "owner" else stall.account(is_admin=cell.caller == "admin")
    path = cell.path.format(item_id=item(owner.client)["id"])
    with Visitor(stall.nobody.base_url) as visitor:
        if cell.caller != "nobody":
            visitor.sign_in(account.email, PASSWORD)
        form = {"name": account.email, "password": PASSWORD}
        if "items" in path:
            form = {"name": "Lamp", "price": "1", "quantity": "1", "version": "1"}
        cell.check(visitor.open(path) if cell.method == "GET" else visitor.send(path, **form))


def test_the_table_has_exactly_the_routes_of_the_app() -> None:
    TABLE.check_routes()
