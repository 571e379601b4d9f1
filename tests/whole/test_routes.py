"""Every route of every app says what it answers and what it is for, and what happens when it is sent twice."""

from typing import Any

from portico.identity.public import Once
from tests.whole.application import AppRoute, app_routes

# Answers that are no JSON object, so that no model describes them. Each is described in its `responses`.
WITHOUT_MODEL = {"store GET /pictures/{name}"}

# POST routes that take no Idempotency-Key, and why that is safe.
NOT_IDEMPOTENT: dict[str, str] = {
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
    return route.status_code in (204, 304) or route.response_model not in (None, Any)


def _is_once(each: AppRoute) -> bool:
    return any(depends.dependency is Once.dependency for depends in each.route.dependencies)
