"""The flows of the API against a running server, whichever it is: nothing here knows the code.

What a test adds it takes away again, and it leaves alone what was there.
"""

from uuid import uuid4

import httpx
import pytest

SYSTEM = ["/", "/health", "/config", "/openapi.json"]
FORMS = ["/api/v1", "/api", ""]


# Health and system


@pytest.mark.parametrize("path", SYSTEM)
def test_a_system_path_answers(api: httpx.Client, path: str) -> None:
    found = api.get(path)
    assert found.status_code == 200
    assert found.headers["content-type"] == "application/json"
    assert float(found.headers["x-process-time"]) >= 0


def test_health_and_configuration_agree(api: httpx.Client) -> None:
    health, configuration, about = (api.get(path).json() for path in ("/health", "/config", "/"))
    assert health["status"] == "healthy"
    assert {"version", "environment", "timestamp"} <= set(health)
    assert set(configuration) == {"app_name", "version", "environment", "debug", "docs_enabled"}
    assert health["environment"] == configuration["environment"]
    assert {"message", "documentation"} <= set(about)
    assert about["version"] == configuration["version"] == health["version"]


# Authentication


def test_log_in_verify_refresh(api: httpx.Client, tokens: dict[str, str]) -> None:
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert tokens["token_type"] == "bearer"
    user = api.post("/api/auth/verify", headers=bearer)
    assert user.status_code == 200
    assert user.json()["is_active"] is True
    child = api.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert child.status_code == 200
    assert child.json()["access_token"] != tokens["access_token"]
    renewed = {"Authorization": f"Bearer {child.json()['access_token']}"}
    assert api.post("/api/auth/verify", headers=renewed).json() == user.json()


def test_wrong_credentials_and_tokens(api: httpx.Client) -> None:
    nobody = {"email": f"{uuid4().hex}@example.com", "password": "not a password"}
    refused = api.post("/api/auth/login", json=nobody)
    assert (refused.status_code, refused.json()["detail"]) == (401, "Incorrect email or password")
    assert api.post("/api/auth/verify").status_code == 401
    assert api.post("/api/auth/verify", headers={"Authorization": "Bearer no-token"}).status_code == 401


# Items


@pytest.mark.parametrize("form", FORMS)
def test_an_item_is_added_read_changed_and_removed(api: httpx.Client, signed_in: httpx.Client, form: str) -> None:
    body = {"name": f"E2E {uuid4().hex}", "description": "Of a test", "price": 49.99, "quantity": 10}
    added = signed_in.post(f"{form}/items", json=body)
    assert added.status_code == 201, added.text
    path = f"{form}/items/{added.json()['id']}"
    try:
        assert {name: added.json()[name] for name in body} == body
        assert api.get(path).json() == added.json()
        changed = signed_in.put(path, json={"price": 59.99})
        assert (changed.status_code, changed.json()["price"]) == (200, 59.99)
        assert changed.json()["name"] == body["name"]
        found = api.get("/api/v2/items", params={"name": body["name"]}).json()
        assert [row["id"] for row in found["items"]] == [added.json()["id"]]
    finally:
        assert signed_in.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_items_come_in_pages(api: httpx.Client) -> None:
    found = api.get("/api/items", params={"skip": 0, "limit": 1})
    assert found.status_code == 200
    assert len(found.json()) <= 1
    assert int(found.headers["x-total-count"]) >= len(found.json())


# Users


def test_a_user_is_added_read_changed_and_removed(api: httpx.Client, signed_in: httpx.Client) -> None:
    name, password = f"e2e-{uuid4().hex[:12]}", uuid4().hex
    body = {"email": f"{name}@example.com", "username": name, "password": password}
    added = signed_in.post("/api/users", json=body)
    assert added.status_code == 201, added.text
    path = f"/api/users/{added.json()['id']}"
    try:
        assert password not in added.text
        again = signed_in.post("/api/users", json={**body, "username": f"{name}-2"})
        assert (again.status_code, again.json()["detail"]) == (400, "User with this email already exists")
        assert api.post("/api/auth/login", json={"email": body["email"], "password": password}).status_code == 200
        assert signed_in.put(path, json={"username": f"{name}-3"}).json()["username"] == f"{name}-3"
        assert signed_in.get(path).json()["email"] == body["email"]
        assert signed_in.put(path, json={"is_active": False}).status_code == 200
        locked_out = api.post("/api/auth/login", json={"email": body["email"], "password": password})
        assert locked_out.status_code == 403
    finally:
        assert signed_in.delete(path).status_code == 204
    assert signed_in.get(path).status_code == 404


# Errors


def test_errors_say_what_is_wrong(api: httpx.Client, signed_in: httpx.Client) -> None:
    unknown = api.get("/api/items/999999999")
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "Item with ID 999999999 not found")
    invalid = signed_in.post("/api/items", json={"name": "", "price": -5, "quantity": -1})
    assert invalid.status_code == 422
    assert {each["field"] for each in invalid.json()["errors"]} == {"name", "price", "quantity"}
    assert api.get("/api/nothing").status_code == 404
    assert api.patch("/api/items").status_code == 405
    for found in (unknown, invalid):
        assert found.headers["content-type"] == "application/problem+json"
        assert found.json()["trace_id"] == found.headers["x-request-id"]


# Documentation


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_documentation_is_there_when_it_is_switched_on(api: httpx.Client, path: str) -> None:
    is_on = api.get("/config").json()["docs_enabled"]
    found = api.get(path)
    assert found.status_code == (200 if is_on else 404)
    assert not is_on or found.headers["content-type"].startswith("text/html")
