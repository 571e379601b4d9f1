"""Every route of every app says what it answers and what it is for, and what happens when it is sent twice."""

from typing import Any

from fastapi.responses import HTMLResponse

from portico.identity.public import Once, OnceForAnyone, OnceFromPage
from tests.whole.application import AppRoute, app_routes

# Answers that are no JSON object, so that no model describes them. Each is described in its `responses`.
WITHOUT_MODEL = {
    "audit GET /api/v1/engagements/{engagement_id}/binder.zip",
    "audit GET /api/v1/engagements/{engagement_id}/report.html",
    "audit GET /api/v1/engagements/{engagement_id}/report.pdf",
    "audit GET /api/v1/events",
    "audit GET /api/v1/evidence-versions/{version_id}/content",
    "audit GET /api/v1/export/oscal/assessment-results",
    "audit GET /api/v1/export/oscal/poam",
    "audit GET /api/v1/populations/{population_id}/canonical",
    "audit GET /pages/engagements/{engagement_id}/binder.zip",
    "audit GET /pages/engagements/{engagement_id}/report.pdf",
    "audit GET /pages/evidence-versions/{version_id}/content",
    "factory GET /api/v1/labels/{kind}/{thing_id}.pdf",
    "factory GET /api/v1/labels/{kind}/{thing_id}.svg",
    "factory GET /api/v1/recall.csv",
    "factory GET /api/v1/recalls/{recall_id}/units.csv",
    "factory GET /api/v1/workflow.csv",
    "items GET /api/v1/events",
    "items GET /api/v1/items/export",
    "items GET /api/v1/items/imports/{job_id}/errors",
    "items GET /api/v1/items/{item_id}/files/{file_id}",
    "releases GET /api/v1/audit-logs.csv",
    "releases GET /api/v1/events",
    "releases GET /api/v1/freezes/calendar.ics",
    "releases GET /api/v1/releases/{release_id}/notes.md",
    "store GET /pictures/{name}",
}

# POST routes that take no Idempotency-Key, and why that is safe: those that any app may have, by the end of their path.
NOT_IDEMPOTENT_ANYWHERE: dict[str, str] = {
    "/auth/login": "a second session is what a second log-in asks for",
    "/auth/qr": "a second session is what a second sign-in asks for",
    "/auth/refresh": "sent twice within 10 s it gives the same tokens again",
    "/auth/logout": "ending a session twice leaves it ended",
    "/auth/logout-all": "ending all sessions twice leaves them ended",
    "/auth/ticket": "a ticket too many is worth nothing after 30 s",
    "/events/ticket": "as above",
    "/api-keys": "a stored answer would hold the key; a key too many is seen in the list",
    "/jobs/{job_id}/cancel": "a job that is cancelled stays cancelled",
    "/notifications/read-all": "what is read stays read",
    "/notifications/{notification_id}/read": "what is read stays read",
    "/webhooks": "a stored answer would hold the secret; a webhook too many is seen in the list",
    "/webhooks/{webhook_id}/rotate": "as above; the secret before stays good for 24 h",
    "/pages/sign-in": "a second session is what a second sign-in asks for",
    "/pages/sign-out": "ending a session twice leaves it ended",
}
SHOWN_AFTERWARDS = "another page is shown after a form was taken, and loading that sends nothing"
IS_DONE = "what is done is not done again: the second one is refused"
# And those of one app.
NOT_IDEMPOTENT: dict[str, str] = {
    "audit POST /api/v1/auth/signup": "nobody is signed in, and a second one finds the name taken",
    "audit POST /api/v1/samples/plan": "changes nothing",
    "audit POST /pages/clients": "a second one finds the name taken",
    "audit POST /pages/engagements": SHOWN_AFTERWARDS,
    "audit POST /pages/engagements/{engagement_id}/members": "the version in the form is good once",
    "audit POST /pages/engagements/{engagement_id}/members/{user_id}": "the version in the form is good once",
    "audit POST /pages/engagements/{engagement_id}/procedures": "a second one finds the code taken",
    "audit POST /pages/frameworks": "a second one finds this edition imported",
    "audit POST /pages/engagements/{engagement_id}/frameworks": "what is chosen stays chosen",
    "audit POST /pages/engagements/{engagement_id}/frameworks/{framework_id}": IS_DONE,
    "audit POST /pages/engagements/{engagement_id}/requirements/{requirement_id}": SHOWN_AFTERWARDS,
    "audit POST /pages/engagements/{engagement_id}/ledgers": SHOWN_AFTERWARDS,
    "audit POST /pages/ledgers/{ledger_id}/again": SHOWN_AFTERWARDS,
    "audit POST /pages/ledgers/{ledger_id}/tests": "the last run of a test counts",
    "audit POST /pages/engagements/{engagement_id}/reconciliations": SHOWN_AFTERWARDS,
    "audit POST /pages/engagements/{engagement_id}/populations": SHOWN_AFTERWARDS,
    "audit POST /pages/populations/{population_id}/freeze": IS_DONE,
    "audit POST /pages/engagements/{engagement_id}/samples": SHOWN_AFTERWARDS,
    "audit POST /pages/samples/{sample_id}/select": IS_DONE,
    "audit POST /pages/samples/{sample_id}/results": "the version in the form is good once",
    "audit POST /pages/samples/{sample_id}/items/{position}": "the version in the form is good once",
    "audit POST /pages/samples/{sample_id}/evaluate": "the same results evaluated twice say the same",
    "audit POST /pages/engagements/{engagement_id}/moves/{action}": IS_DONE,
    "audit POST /pages/engagements/{engagement_id}/requests": SHOWN_AFTERWARDS,
    "audit POST /pages/engagements/{engagement_id}/evidence": SHOWN_AFTERWARDS,
    "audit POST /pages/requests/{request_id}": "the version in the form is good once",
    "audit POST /pages/requests/{request_id}/send": IS_DONE,
    "audit POST /pages/requests/{request_id}/accept": IS_DONE,
    "audit POST /pages/requests/{request_id}/return": IS_DONE,
    "audit POST /pages/evidence-versions/{version_id}/next": SHOWN_AFTERWARDS,
    "audit POST /pages/evidence-versions/{version_id}/seal": IS_DONE,
    "audit POST /pages/evidence-versions/{version_id}/verify": "comparing twice changes nothing but the log",
    "audit POST /pages/exceptions/{exception_id}": IS_DONE,
    "audit POST /pages/workpapers/{workpaper_id}/{action}": IS_DONE,
    "audit POST /pages/findings/{finding_id}/{action}": IS_DONE,
    "audit POST /pages/engagements/{engagement_id}/workpapers": SHOWN_AFTERWARDS,
    "audit POST /pages/engagements/{engagement_id}/findings": SHOWN_AFTERWARDS,
    "audit POST /pages/workpapers/{workpaper_id}": "the version in the form is good once",
    "audit POST /pages/workpapers/{workpaper_id}/evidence": "resting on it twice is resting on it",
    "audit POST /pages/findings/{finding_id}": "the version in the form is good once",
    "audit POST /pages/findings/{finding_id}/evidence": "resting on it twice is resting on it",
    "audit POST /pages/portal/requests/{request_id}/documents": SHOWN_AFTERWARDS,
    "audit POST /pages/portal/requests/{request_id}/submit": IS_DONE,
    "audit POST /pages/portal/findings/{finding_id}/plan": IS_DONE,
    "audit POST /pages/portal/findings/{finding_id}/accept-risk": IS_DONE,
    "audit POST /pages/portal/findings/{finding_id}/{action}": IS_DONE,
    "items POST /pages/items/new": SHOWN_AFTERWARDS,
    "items POST /pages/items/{item_id}": "the version in the form is good once",
    "items POST /pages/items/{item_id}/delete": "what is gone is not found again",
    "items POST /graphql": "clients send no key with it; a change that names the `version` is made once",
    "items POST /api/v1/auth/verify": "changes nothing",
    "items POST /api/v1/hooks/stock": "its delivery id is taken once",
    "factory POST /pages/operator/sign-in": "a second session ends the first one",
    "factory POST /pages/operator/sign-out": "ending a session twice leaves it ended",
    "factory POST /pages/operator/scans": "changes nothing but the log",
    "factory POST /api/v1/operations/{operation_id}/report": "its key is kept with the report, for ever",
    "factory POST /pages/operator/operations/{operation_id}/report": "its key is kept with the report, for ever",
    "factory POST /pages/admin/cut-plans": SHOWN_AFTERWARDS,
    "factory POST /pages/admin/cut-plans/{plan_id}/accept": IS_DONE,
    "factory POST /pages/admin/recall": SHOWN_AFTERWARDS,
    "factory POST /pages/admin/users": SHOWN_AFTERWARDS,
    "factory POST /pages/admin/users/{user_id}/pin": "the same PIN twice is the same",
    "factory POST /pages/admin/users/{user_id}/active": "it says what is to be, not what is to change",
    "factory POST /pages/admin/api-keys/{key_id}/revoke": "what is revoked is not found again",
    "factory POST /pages/admin/workstations": SHOWN_AFTERWARDS,
    "factory POST /pages/admin/workstations/{workstation_id}/active": "it says what is to be, not what is to change",
    "factory POST /pages/admin/companies": SHOWN_AFTERWARDS,
    "factory POST /pages/admin/companies/{company_id}/enter": "entering twice is being there",
    "releases POST /pages/releases/{release_id}/candidate": IS_DONE,
    "releases POST /pages/releases/{release_id}/publish": IS_DONE,
    "releases POST /pages/releases/{release_id}/withdraw": IS_DONE,
    "releases POST /pages/releases/{release_id}/archive": IS_DONE,
    "releases POST /pages/releases/{release_id}/deploy": SHOWN_AFTERWARDS,
    "releases POST /pages/deployments/{deployment_id}/cancel": IS_DONE,
    "releases POST /pages/deployments/{deployment_id}/retry": SHOWN_AFTERWARDS,
    "releases POST /pages/deployments/{deployment_id}/rollback": SHOWN_AFTERWARDS,
    "releases POST /pages/deployments/{deployment_id}/review": IS_DONE,
    "releases POST /pages/deployments/{deployment_id}/override": IS_DONE,
    "releases POST /pages/approvals/{deployment_id}": IS_DONE,
    "releases POST /pages/incidents/new": SHOWN_AFTERWARDS,
    "releases POST /pages/incidents/{incident_id}/attribute": "the same word twice is the same",
    "releases POST /pages/incidents/{incident_id}/resolve": IS_DONE,
    "releases POST /pages/freezes/new": SHOWN_AFTERWARDS,
    "releases POST /pages/freezes/{freeze_id}/end": IS_DONE,
    "releases POST /api/v1/hooks/cdevents": "its delivery id is taken once",
    "releases POST /api/v1/hooks/github": "its delivery id is taken once",
    "releases POST /api/v1/hooks/gitlab": "its delivery id is taken once",
    "releases POST /api/v1/services/{service_id}/next-version": "changes nothing",
    "releases POST /api/v1/auth/register": "nobody is signed in, and a second one finds the name taken",
    "store POST /api/auth/register": "nobody is signed in, and a second one finds the name taken",
    "store POST /fakestoreapi/products": "changes nothing, as on the site",
    "store POST /fakestoreapi/carts": "changes nothing, as on the site",
    "store POST /fakestoreapi/users": "changes nothing, as on the site",
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
    assert {name for name in without if not name.endswith(tuple(NOT_IDEMPOTENT_ANYWHERE))} == set(NOT_IDEMPOTENT)


def _describes_its_answer(route: Any) -> bool:
    return (
        route.response_class is HTMLResponse
        or route.status_code in (204, 304)
        or route.response_model not in (None, Any)
    )


def _is_once(each: AppRoute) -> bool:
    known = (Once.dependency, OnceForAnyone.dependency, OnceFromPage.dependency)
    return any(depends.dependency in known for depends in each.route.dependencies)
