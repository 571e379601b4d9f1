"""What the routes of the audit app are called on, and with which body, for the authorization table.

Objects are rows in the state that a route asks for. They belong to the engagement of `World`; where somebody of the
client has to do with them, that is `auditee`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from tests.apps.audit.world import API, PERIOD, Person, World, done
from tests.contract import audit_page_targets as pages
from tests.contract import audit_things as things
from tests.contract.audit_work_targets import WORK_BODIES, WORK_TARGETS
from tests.contract.browsing import Visitor
from tests.contract.shop import PASSWORD, unique

Target = things.Target
Make = things.Make
NOTHING: Target = {}
INTO_STATE = """
    UPDATE audit.engagements SET state = %(state)s, archived_at = CASE %(state)s WHEN 'archived' THEN now() END
    WHERE id = %(id)s"""


def user(world: World) -> Target:
    return {"user_id": world.person().id}


def client(world: World) -> Target:
    return {"client_id": world.new_client()["id"]}


def engagement_in(state: str) -> Make:
    """A new engagement of the team, with nothing in it."""

    def make(world: World) -> Target:
        number = world.new_engagement(is_started=state != "planned")["id"]
        world.sql(INTO_STATE, state=state, id=number)
        return {"engagement_id": number}

    return make


def session(world: World) -> Target:
    """Of the administrator."""
    done(world.nobody.post(f"{API}/auth/login", json={"email": world.admin.email, "password": PASSWORD}))
    those: Any = world.admin.client.get(f"{API}/auth/sessions").json()
    return {"session_id": next(each["id"] for each in those if not each["current"])}


OF_FIRM: Mapping[str, Make] = {
    "/api/v1/auth/sessions/{session_id}": session,
    "/api/v1/users/{user_id}": user,
    "/api/v1/clients/{client_id}": client,
    "/api/v1/engagements/{engagement_id}": things.engagement,
    "PATCH /api/v1/engagements/{engagement_id}": engagement_in("planned"),
    "POST /api/v1/engagements/{engagement_id}/start": engagement_in("planned"),
    "POST /api/v1/engagements/{engagement_id}/submit-review": engagement_in("fieldwork"),
    "POST /api/v1/engagements/{engagement_id}/resume-fieldwork": engagement_in("review"),
    "POST /api/v1/engagements/{engagement_id}/draft-report": engagement_in("review"),
    "POST /api/v1/engagements/{engagement_id}/issue": engagement_in("draft_report"),
    "POST /api/v1/engagements/{engagement_id}/follow-up": engagement_in("issued"),
    "POST /api/v1/engagements/{engagement_id}/close": engagement_in("follow_up"),
    "POST /api/v1/engagements/{engagement_id}/archive": engagement_in("closed"),
    "POST /api/v1/engagements/{engagement_id}/additions": engagement_in("archived"),
    "PUT /api/v1/engagements/{engagement_id}/members/{user_id}": lambda world: {
        **things.engagement(world),
        **user(world),
    },
    "DELETE /api/v1/engagements/{engagement_id}/members/{user_id}": things.member,
}
OF_ENGAGEMENT: Mapping[str, Make] = {
    "POST /api/v1/evidence": things.request("requested"),
    "/api/v1/evidence/{evidence_id}": things.version,
    "/api/v1/evidence-versions/{version_id}": things.version,
    "POST /api/v1/evidence-versions/{version_id}/seal": things.team_version,
    "/api/v1/requests/{request_id}": things.request("requested"),
    "PATCH /api/v1/requests/{request_id}": things.request("draft"),
    "POST /api/v1/requests/{request_id}/send": things.request("draft"),
    "POST /api/v1/requests/{request_id}/submit": things.answered_request,
    "POST /api/v1/requests/{request_id}/accept": things.request("submitted"),
    "POST /api/v1/requests/{request_id}/return": things.request("submitted"),
    "/api/v1/documents/jobs/{job_id}": things.document_job,
    "POST /api/v1/ledgers": things.team_version,
    "/api/v1/ledgers/{ledger_id}": things.ledger,
    "/api/v1/test-runs/{run_id}": things.exception,
    "/api/v1/exceptions/{exception_id}": things.exception,
    "POST /api/v1/engagements/{engagement_id}/populations": lambda world: {
        **things.engagement(world), **things.ledger(world)
    },
    "POST /api/v1/populations": things.ledger,
    "/api/v1/populations/{population_id}": things.population(is_frozen=True),
    "PATCH /api/v1/populations/{population_id}": things.population(is_frozen=False),
    "POST /api/v1/populations/{population_id}/freeze": things.population(is_frozen=False),
    "POST /api/v1/engagements/{engagement_id}/samples": lambda world: {
        **things.engagement(world), **things.population(is_frozen=True)(world)
    },
    "/api/v1/samples/{sample_id}": things.sample("selected"),
    "POST /api/v1/samples/{sample_id}/select": things.sample("planned"),
    "POST /api/v1/reconciliations": things.two_ledgers,
    "/api/v1/reconciliations/{reconciliation_id}": things.reconciliation,
    "/api/v1/frameworks/{framework_id}": things.framework,
    "/api/v1/requirements/{requirement_id}": things.framework,
    "POST /api/v1/engagements/{engagement_id}/frameworks": things.unchosen_framework,
    "DELETE /api/v1/engagements/{engagement_id}/frameworks/{framework_id}": things.chosen_framework,
    "POST /api/v1/engagements/{engagement_id}/assessments": things.chosen_framework,
    "/api/v1/assessments/{assessment_id}": things.assessment,
    "/api/v1/export/oscal/poam": things.sent_finding,
    "/api/v1/jobs/{job_id}": things.ledger_job,
}  # fmt: skip
TARGETS: Mapping[str, Make] = {**OF_FIRM, **OF_ENGAGEMENT, **WORK_TARGETS, **pages.PAGE_TARGETS}
"""By route, or else by the longest beginning of its path."""

Body = Callable[[World, Target], Any]
AIM = {"method": "attribute", "risk": 0.05, "tolerable": 0.05}
BODIES: Mapping[str, Body] = {
    **WORK_BODIES,
    "POST /auth/signup": lambda world, target: {
        "email": f"{unique('new')}@example.com", "password": PASSWORD, "first_name": "Ada", "last_name": "L."
    },
    "PUT /auth/password": lambda world, target: {"password": PASSWORD, "new_password": "quite another phrase"},
    "POST /users": lambda world, target: {"email": f"{unique('new')}@example.com", "password": PASSWORD},
    "PATCH /users/{user_id}": lambda world, target: {"first_name": "Ada"},
    "POST /clients": lambda world, target: {"name": unique("Client")},
    "PATCH /clients/{client_id}": lambda world, target: {"country": "AT"},
    "POST /engagements": lambda world, target: {
        "client_id": world.company["id"], "name": unique("Audit"), **PERIOD
    },
    "PATCH /engagements/{engagement_id}": lambda world, target: {"objective": "An opinion"},
    "PUT /engagements/{engagement_id}/members/{user_id}": lambda world, target: {"role": "auditor"},
    "POST /engagements/{engagement_id}/additions": lambda world, target: {"text": "A letter", "reason": "It came"},
    "POST /engagements/{engagement_id}/requests": lambda world, target: {
        "title": "Statements", "assignee_id": str(world.auditee.id)
    },
    "PATCH /requests/{request_id}": lambda world, target: {"title": "All statements"},
    "POST /requests/{request_id}/return": lambda world, target: {"reason": "May is missing"},
    "POST /ledgers": lambda world, target: {"evidence_version_id": target["version_id"]},
    "PATCH /exceptions/{exception_id}": lambda world, target: {"decision": "cleared", "reason": "It was agreed"},
    "POST /engagements/{engagement_id}/populations": lambda world, target: {
        "source": target["ledger_id"], "name": unique("population")
    },
    "POST /populations": lambda world, target: {"source": target["ledger_id"], "name": unique("population")},
    "PATCH /populations/{population_id}": lambda world, target: {"name": unique("population")},
    "POST /samples/plan": lambda world, target: AIM,
    "POST /engagements/{engagement_id}/samples": lambda world, target: {
        **AIM, "name": unique("sample"), "population_id": target["population_id"]
    },
    "PUT /samples/{sample_id}/results": lambda world, target: {"results": [{"position": 1, "is_deviation": False}]},
    "POST /reconciliations": lambda world, target: {
        "engagement_id": world.id, "kind": "bank", "left_ledger_id": target["left"], "right_ledger_id": target["right"]
    },
    "POST /frameworks/{framework_id}/mappings": lambda world, target: {
        "target_framework_id": target["other_id"],
        "mappings": [{"code": target["codes"][0], "target": target["codes"][1], "relationship": "equivalent"}],
    },
    "POST /engagements/{engagement_id}/frameworks": lambda world, target: {"framework_id": target["framework_id"]},
    "POST /engagements/{engagement_id}/assessments": lambda world, target: {
        "requirement_id": target["requirement_id"], "method": "examine", "result": "satisfied", "observation": "It is"
    },
}  # fmt: skip
FILES: Mapping[str, Callable[[World, Target], dict[str, Any]]] = {
    "POST /evidence": lambda world, target: {
        "data": {"engagement": str(world.id), "request": str(target["request_id"])},
        "files": {"file": ("a.txt", unique("a paper").encode(), "text/plain")},
    },
    "POST /documents/upload": lambda world, target: form(world, files=("a.csv", b"a;b\n1;2\n", "text/csv")),
    "POST /ledgers/import": lambda world, target: form(world, file=("a.csv", unique("a;b\n").encode(), "text/csv")),
    "POST /frameworks/import": lambda world, target: {
        "content": things.catalog(), "headers": {"Content-Type": "application/json"}
    },
}  # fmt: skip
"""What httpx takes, where it is no JSON."""
QUERIES: Mapping[str, Callable[[World], dict[str, Any]]] = {
    "/api/v1/search": lambda world: {"q": "base"},
    "/api/v1/evidence": lambda world: {"engagement": world.id},
    "/api/v1/documents/jobs": lambda world: {"engagement": world.id},
    "/api/v1/documents/ledgers": lambda world: {"engagement": world.id},
    "/api/v1/documents/financial-years": lambda world: {"engagement": world.id},
    "/api/v1/export/oscal/assessment-results": lambda world: {"engagement": world.id},
    "/api/v1/reconciliations/{reconciliation_id}/unmatched": lambda world: {"side": "left"},
    "/api/v1/export/oscal/poam": lambda world: {"engagement": world.id},
}


def form(world: World, **files: tuple[str, bytes, str]) -> dict[str, Any]:
    return {"data": {"engagement": str(world.id)}, "files": files}


def target_of(world: World, method: str, path: str) -> Target:
    exact = TARGETS.get(f"{method} {path}")
    beginning = max((each for each in TARGETS if path.startswith(each)), key=len, default="")
    found = exact or TARGETS.get(beginning)
    return found(world) if found else NOTHING


def call(world: World, person: Person | None, method: str, path: str, target: Target) -> httpx.Response:
    """Call a route on its target. Who is nobody sends the tokens of somebody."""
    caller = person.client if person else world.nobody
    whose = person or world.person()
    route = f"{method} {path.removeprefix(API)}"
    bodies: dict[str, Any] = {
        "POST /auth/login": {"email": whose.email, "password": PASSWORD},
        "POST /auth/refresh": {"refresh_token": whose.tokens["refresh_token"]},
        "POST /auth/logout": {"refresh_token": whose.tokens["refresh_token"]},
    }
    sent: dict[str, Any] = {}
    if route in FILES:
        sent = FILES[route](world, target)
    elif route in bodies or route in BODIES or method == "POST":
        sent = {"json": bodies.get(route) or (BODIES[route](world, target) if route in BODIES else {})}
    does_not_end = path == f"{API}/events"
    return caller.request(
        "HEAD" if does_not_end else method, path.format(**target),
        params=QUERIES[path](world) if path in QUERIES else None, **sent,
    )  # fmt: skip


def visit(world: World, person: Person | None, method: str, path: str, target: Target) -> httpx.Response:
    """Open a page, or send its form, signed in as this person."""
    with Visitor(world.nobody.base_url) as visitor:
        if person is not None:
            visitor.sign_in(person.email, PASSWORD)
        where = path.format(**target)
        if method == "GET":
            return visitor.client.get(where)
        fields = pages.FORMS[path](world, target) if path in pages.FORMS else {}
        if path not in pages.PAPERS:
            return visitor.send(where, **fields)
        data = {"csrf": visitor.token(), **fields}
        files = {"file": pages.PAPERS[path]()}
        return visitor.client.post(where, data=data, files=files, headers={"Origin": visitor.origin})
