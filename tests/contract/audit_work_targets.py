"""What the routes of procedures, workpapers and findings are called on, and with which body."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.apps.audit import papers
from tests.apps.audit.everything import add, place_of
from tests.apps.audit.world import World
from tests.contract.shop import unique

Target = dict[str, Any]
Make = Callable[[World], Target]
API = "/api/v1"


def row(world: World, table: str, **values: Any) -> int:
    return add(world.url, place_of(world), table, **values)


def procedure(world: World) -> Target:
    return {"procedure_id": row(world, "procedures")}


def workpaper(state: str, *, is_linked: bool = False) -> Make:
    """A workpaper of the colleague's, whose one version is in this state."""

    def make(world: World) -> Target:
        colleague, number = world.colleague.user_id, row(world, "workpapers")
        signed = {
            "prepared_by": colleague if state != "draft" else None,
            "reviewed_by": world.admin.user_id if state not in ("draft", "prepared") else None,
        }  # fmt: skip
        version = row(
            world, "workpaper_versions", workpaper_id=number, number=1, state=state, conclusion="c",
            edited_by=colleague, editors=f"{{{colleague}}}", **signed,
        )  # fmt: skip
        evidence = _sealed(world)
        if is_linked:
            row(world, "workpaper_evidence", workpaper_version_id=version, evidence_version_id=evidence)
        return {"workpaper_id": number, "evidence_version_id": evidence}

    return make


def finding(state: str) -> Make:
    """A finding of the auditee's that is in this state, and was sent unless it is a draft."""

    def make(world: World) -> Target:
        number = row(
            world, "findings", state=state, owner_id=world.auditee.user_id, requirement_id=1, retests=1,
            sent_at=None if state == "draft" else "2026-01-01T00:00Z",
        )  # fmt: skip
        for retest in (0, 1):
            evidence = _sealed(world)
            row(world, "finding_evidence", finding_id=number, evidence_version_id=evidence, retest=retest)
        row(world, "finding_notes", finding_id=number, at="2026-01-02T00:00Z")
        return {"finding_id": number, "evidence_version_id": _sealed(world)}

    return make


def _sealed(world: World) -> int:
    return row(world, "evidence_versions", state="sealed", sealed_at="2026-01-01T00:00Z")


WORK_TARGETS: Mapping[str, Make] = {
    f"{API}/procedures/{{procedure_id}}": procedure,
    f"{API}/workpapers/{{workpaper_id}}": workpaper("draft"),
    f"DELETE {API}/workpapers/{{workpaper_id}}/evidence/{{evidence_version_id}}": workpaper("draft", is_linked=True),
    f"POST {API}/workpapers/{{workpaper_id}}/review": workpaper("prepared"),
    f"POST {API}/workpapers/{{workpaper_id}}/return": workpaper("prepared"),
    f"POST {API}/workpapers/{{workpaper_id}}/approve": workpaper("in_review"),
    f"POST {API}/workpapers/{{workpaper_id}}/lock": workpaper("approved"),
    f"{API}/findings/{{finding_id}}": finding("agreed"),
    f"PATCH {API}/findings/{{finding_id}}": finding("draft"),
    f"PUT {API}/findings/{{finding_id}}/evidence/{{evidence_version_id}}": finding("draft"),
    **{
        f"POST {API}/findings/{{finding_id}}/{action}": finding(state)
        for action, state in (
            ("validate", "draft"), ("agree", "validation"), ("dispute", "validation"), ("revise", "disputed"),
            ("plan", "agreed"), ("remediate", "action_planned"), ("ready", "in_remediation"),
            ("close", "ready_for_retest"), ("reopen", "ready_for_retest"), ("accept-risk", "agreed"),
            ("withdraw", "disputed"),
        )
    },
}  # fmt: skip
Body = Callable[[World, Target], Any]
REASON: Body = lambda world, target: {"reason": "Because."}  # noqa: E731 - one of many, all of them in one table
WORK_BODIES: Mapping[str, Body] = {
    "POST /engagements/{engagement_id}/procedures": lambda world, target: {"code": unique("P"), "title": "t"},
    "PATCH /procedures/{procedure_id}": lambda world, target: {"title": "t"},
    "POST /engagements/{engagement_id}/workpapers": lambda world, target: {
        "procedure_id": row(world, "procedures"), "title": "t"
    },
    "PATCH /workpapers/{workpaper_id}": lambda world, target: {"title": "t"},
    "POST /workpapers/{workpaper_id}/return": REASON,
    "POST /engagements/{engagement_id}/findings": lambda world, target: {
        **papers.TEXTS, "workpaper_id": row(world, "workpapers")
    },
    "PATCH /findings/{finding_id}": lambda world, target: {"cause": "?"},
    "POST /findings/{finding_id}/dispute": REASON,
    "POST /findings/{finding_id}/revise": REASON,
    "POST /findings/{finding_id}/plan": lambda world, target: {"action_plan": "p", "due_on": "2099-01-01"},
    "POST /findings/{finding_id}/close": lambda world, target: {"note": "n"},
    "POST /findings/{finding_id}/reopen": REASON,
    "POST /findings/{finding_id}/accept-risk": lambda world, target: {"until": papers.tomorrow(), "reason": "r"},
    "POST /findings/{finding_id}/withdraw": REASON,
}  # fmt: skip
