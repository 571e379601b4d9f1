"""Every route of every app says what it answers and what it is for, and what happens when it is sent twice."""

from typing import Any

from fastapi.responses import HTMLResponse

from portico.identity.public import Once, OnceForAnyone
from tests.whole.application import AppRoute, app_routes

# Answers that are no JSON object, so that no model describes them. Each is described in its `responses`.
WITHOUT_MODEL = {
    "items GET /api/v1/events",
    "items GET /api/v1/items/export",
    "items GET /api/v1/items/imports/{job_id}/errors",
    "items GET /api/v1/items/{item_id}/files/{file_id}",
    "store GET /pictures/{name}",
}

# POST routes that take no Idempotency-Key, and why that is safe.
NOT_IDEMPOTENT: dict[str, str] = {
    "items POST /pages/sign-in": "a second session is what a second sign-in asks for",
    "items POST /pages/sign-out": "ending a session twice leaves it ended",
    "items POST /pages/items/new": "another page is shown after a form was taken, and loading that sends nothing",
    "items POST /pages/items/{item_id}": "the version in the form is good once",
    "items POST /pages/items/{item_id}/delete": "what is gone is not found again",
    "items POST /api/v1/jobs/{job_id}/cancel": "a job that is cancelled stays cancelled",
    "items POST /graphql": "clients send no key with it; a change that names the `version` is made once",
    "items POST /api/v1/notifications/read-all": "what is read stays read",
    "items POST /api/v1/notifications/{notification_id}/read": "what is read stays read",
    "items POST /api/v1/auth/login": "a second session is what a second log-in asks for",
    "items POST /api/v1/auth/verify": "changes nothing",
    "items POST /api/v1/auth/refresh": "sent twice within 10 s it gives the same tokens again",
    "items POST /api/v1/events/ticket": "a ticket too many is worth nothing after 30 s",
    "items POST /api/v1/webhooks": "a stored answer would hold the secret; a webhook too many is seen in the list",
    "items POST /api/v1/webhooks/{webhook_id}/rotate": "as above; the secret before stays good for 24 h",
    "items POST /api/v1/hooks/stock": "its delivery id is taken once",
    "items POST /api/v1/api-keys": "a stored answer would hold the key; a key too many is seen in the list",
    "store POST /api/auth/register": "nobody is signed in, and a second one finds the name taken",
    "store POST /api/auth/login": "a second session is what a second log-in asks for",
    "store POST /api/auth/refresh": "sent twice within 10 s it gives the same tokens again",
    "store POST /api/auth/logout": "ending a session twice leaves it ended",
    "store POST /api/auth/logout-all": "ending all sessions twice leaves them ended",
    "store POST /fakestoreapi/products": "changes nothing, as on the site",
    "store POST /fakestoreapi/carts": "changes nothing, as on the site",
    "store POST /fakestoreapi/users": "changes nothing, as on the site",
    "store POST /fakestoreapi/auth/login": "as log-in itself",
}


def test_every_route_has_a_response_model() -> None:
    missing = {name for each in app_routes() if not _describes_its_answer(each.route) for name in each.names}
    assert missing == WITHOUT_MODEL


def test_every_route_has_a_summary() -> None:
    assert [each.names for each in app_routes() if not each.route.summary] == []


def test_summaries_tell_the_routes_of_a_group_apart() -> None:
    seen: dict[tuple[str, str, str], list[str]] = {}
    for each in app_routes():
        group = (each.app, str(each.route.tags[0]), each.route.summary or "")
        seen.setdefault(group, []).extend(each.names)
    assert {group: names for group, names in seen.items() if len(names) > 1} == {}


def test_every_post_is_idempotent_or_reviewed() -> None:
    without = {name for each in app_routes() for name in each.names if " POST " in name and not _is_once(each)}
    assert without == set(NOT_IDEMPOTENT)


def _describes_its_answer(route: Any) -> bool:
    return (
        route.response_class is HTMLResponse
        or route.status_code in (204, 304)
        or route.response_model not in (None, Any)
    )


def _is_once(each: AppRoute) -> bool:
    return any(depends.dependency in (Once.dependency, OnceForAnyone.dependency) for depends in each.route.dependencies)
