"""What the pages of the audit app are opened on, and what their forms hold."""

from collections.abc import Callable, Mapping

from tests.apps.audit import papers
from tests.apps.audit.world import PERIOD, World
from tests.contract import audit_things as things
from tests.contract.audit_work_targets import finding, row, workpaper
from tests.contract.shop import PASSWORD, unique

Target = things.Target
Make = things.Make


def planned(world: World) -> Target:
    return {"engagement_id": world.new_engagement(is_started=False)["id"], "action": "start"}


def doing(action: str, make: Make) -> Make:
    """The target of a route whose path names the action."""
    return lambda world: {**make(world), "action": action}


PAGE_TARGETS: Mapping[str, Make] = {
    "/pages/engagements/{engagement_id}": things.engagement,
    "POST /pages/engagements/{engagement_id}/moves/{action}": planned,
    "POST /pages/engagements/{engagement_id}/members/{user_id}": things.member,
    "POST /pages/engagements/{engagement_id}/populations": lambda world: {
        **things.engagement(world),
        **things.ledger(world),
    },
    "POST /pages/engagements/{engagement_id}/samples": lambda world: {
        **things.engagement(world),
        **things.population(is_frozen=True)(world),
    },
    "POST /pages/engagements/{engagement_id}/reconciliations": lambda world: {
        **things.engagement(world),
        **things.two_ledgers(world),
    },
    "/pages/reconciliations/{reconciliation_id}": things.reconciliation,
    "POST /pages/populations/{population_id}/freeze": things.population(is_frozen=False),
    "POST /pages/engagements/{engagement_id}/frameworks": things.unchosen_framework,
    "POST /pages/engagements/{engagement_id}/frameworks/{framework_id}": things.chosen_framework,
    "/pages/engagements/{engagement_id}/requirements/{requirement_id}": things.chosen_framework,
    "/pages/frameworks/{framework_id}": things.framework,
    "/pages/requests/{request_id}": things.request("requested"),
    "POST /pages/requests/{request_id}": things.request("draft"),
    "POST /pages/requests/{request_id}/send": things.request("draft"),
    "POST /pages/requests/{request_id}/accept": things.request("submitted"),
    "POST /pages/requests/{request_id}/return": things.request("submitted"),
    "/pages/evidence-versions/{version_id}": things.team_version,
    "/pages/ledgers/{ledger_id}": things.ledger,
    "/pages/exceptions/{exception_id}": things.exception,
    "POST /pages/ledgers/{ledger_id}/again": things.filed_ledger,
    "/pages/samples/{sample_id}": things.sample("selected"),
    "POST /pages/samples/{sample_id}/items/{position}": lambda world: {
        **things.sample("selected")(world),
        "position": 1,
    },
    "POST /pages/samples/{sample_id}/select": things.sample("planned"),
    "/pages/workpapers/{workpaper_id}": workpaper("approved"),
    "POST /pages/workpapers/{workpaper_id}": workpaper("draft"),
    "POST /pages/workpapers/{workpaper_id}/evidence": workpaper("draft"),
    "POST /pages/workpapers/{workpaper_id}/{action}": doing("prepare", workpaper("draft")),
    "/pages/findings/{finding_id}": finding("agreed"),
    "POST /pages/findings/{finding_id}": finding("draft"),
    "POST /pages/findings/{finding_id}/evidence": finding("draft"),
    "POST /pages/findings/{finding_id}/{action}": doing("validate", finding("draft")),
    "/pages/portal/requests/{request_id}": things.answered_request,
    "/pages/portal/findings/{finding_id}": finding("agreed"),
    "POST /pages/portal/findings/{finding_id}/{action}": doing("agree", finding("validation")),
}
Form = Callable[[World, Target], dict[str, str]]
FORMS: Mapping[str, Form] = {
    "/pages/sign-in": lambda world, target: {"name": world.auditor.email, "password": PASSWORD},
    "/pages/clients": lambda world, target: {"name": unique("Client"), "currency": "EUR"},
    "/pages/engagements": lambda world, target: {"client_id": str(world.company["id"]), "name": "The year", **PERIOD},
    "/pages/engagements/{engagement_id}/members": lambda world, target: {
        "email": world.person().email, "role": "auditor", "version": version_of(world, target)
    },
    "/pages/engagements/{engagement_id}/members/{user_id}": lambda world, target: {
        "version": version_of(world, target)
    },
    "/pages/engagements/{engagement_id}/procedures": lambda world, target: {"code": unique("JE"), "title": "Entries"},
    "/pages/engagements/{engagement_id}/frameworks": lambda world, target: {
        "framework_id": str(target["framework_id"])
    },
    "/pages/engagements/{engagement_id}/requirements/{requirement_id}": lambda world, target: {
        "method": "examine", "result": "satisfied", "observation": "It is"
    },
    "/pages/engagements/{engagement_id}/populations": lambda world, target: {
        "source": str(target["ledger_id"]), "name": "Lines"
    },
    "/pages/engagements/{engagement_id}/reconciliations": lambda world, target: {
        "kind": "bank", "left_ledger_id": str(target["left"]), "right_ledger_id": str(target["right"])
    },
    "/pages/engagements/{engagement_id}/samples": lambda world, target: {
        "population_id": str(target["population_id"]), "name": "Sample", "method": "attribute", "risk": "5",
        "tolerable": "5"
    },
    "/pages/ledgers/{ledger_id}/tests": lambda world, target: {"gap": "on"},
    "/pages/samples/{sample_id}/items/{position}": lambda world, target: {"note": "Seen", "version": "1"},
    "/pages/samples/{sample_id}/results": lambda world, target: {"result-1": "deviation", "version": "1"},
    "/pages/engagements/{engagement_id}/requests": lambda world, target: {"title": "Statements", "description": ""},
    "/pages/engagements/{engagement_id}/evidence": lambda world, target: {"title": "A letter"},
    "/pages/engagements/{engagement_id}/workpapers": lambda world, target: {
        "procedure_id": str(row(world, "procedures")), "title": "t"
    },
    "/pages/engagements/{engagement_id}/findings": lambda world, target: {
        **papers.TEXTS, "workpaper_id": str(row(world, "workpapers"))
    },
    "/pages/workpapers/{workpaper_id}": lambda world, target: {"title": "t", "version": "1"},
    "/pages/workpapers/{workpaper_id}/evidence": lambda world, target: link(target),
    "/pages/findings/{finding_id}/evidence": lambda world, target: link(target),
    "/pages/requests/{request_id}": lambda world, target: {"title": "All statements", "version": "1"},
    "/pages/findings/{finding_id}": lambda world, target: {**papers.TEXTS, "version": "1"},
    "/pages/requests/{request_id}/return": lambda world, target: {"reason": "May is missing"},
    "/pages/exceptions/{exception_id}": lambda world, target: {
        "decision": "cleared", "reason": "It was agreed", "version": "1"
    },
    "/pages/portal/requests/{request_id}/documents": lambda world, target: {"title": "A statement"},
    "/pages/portal/requests/{request_id}/submit": lambda world, target: {"answer": "Here it is"},
    "/pages/portal/findings/{finding_id}/plan": lambda world, target: {"action_plan": "p", "due_on": "2099-01-01"},
    "/pages/portal/findings/{finding_id}/accept-risk": lambda world, target: {
        "until": str(papers.tomorrow()), "reason": "r"
    },
}  # fmt: skip


def version_of(world: World, target: Target) -> str:
    """Of the engagement, which is that of its members as well."""
    query = "SELECT version FROM audit.engagements WHERE id = %(id)s"
    return str(world.sql(query, id=target["engagement_id"])[0]["version"])


def link(target: Target) -> dict[str, str]:
    return {"evidence_version_id": str(target["evidence_version_id"]), "version": "1"}


def paper() -> tuple[str, bytes, str]:
    return "paper.txt", unique("a paper").encode(), "text/plain"


def document() -> tuple[str, bytes, str]:
    return "catalog.json", things.catalog(), "application/json"


PAPERS: Mapping[str, Callable[[], tuple[str, bytes, str]]] = {
    "/pages/engagements/{engagement_id}/evidence": paper,
    "/pages/engagements/{engagement_id}/ledgers": paper,
    "/pages/evidence-versions/{version_id}/next": paper,
    "/pages/portal/requests/{request_id}/documents": paper,
    "/pages/frameworks": document,
}
"""Whose forms bring a file, and which."""
