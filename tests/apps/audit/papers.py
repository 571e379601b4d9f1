"""Procedures, evidence, workpapers and findings of a world, made over HTTP by who does so in an audit."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.apps.audit.world import API, Person, World, done
from tests.contract.shop import made, unique

REQUIREMENT = """
    WITH k AS (
        INSERT INTO audit.frameworks (uuid, kind, title, sha256, document, imported_by)
        SELECT gen_random_uuid(), 'catalog', 'Policies of the client', 'x', '{}', min(id) FROM audit.users RETURNING id
    ) INSERT INTO audit.requirements (framework_id, position, code, title)
    SELECT id, 1, 'p-1', 'Payments are approved by two' FROM k RETURNING id"""
TEXTS = {
    "title": "Payments without a second approval", "criteria": "Two people approve a payment.",
    "condition": "Three of 59 payments had one approval.",
}  # fmt: skip


def requirement(world: World) -> int:
    """A requirement of a framework of its own."""
    return int(world.sql(REQUIREMENT)[0]["id"])


def procedure(world: World, engagement_id: int | None = None, *, by: Person | None = None, **values: Any) -> Any:
    """A new procedure, which assesses a requirement where `values` name none."""
    path = f"{API}/engagements/{engagement_id or world.id}/procedures"
    wanted = {"code": unique("P"), "title": "Approval of payments", "pack": "control", "method": "test", **values}
    body = wanted if "requirement_id" in wanted else {**wanted, "requirement_id": requirement(world)}
    return made((by or world.auditor).client.post(path, json=body))


def evidence(
    world: World, engagement_id: int | None = None, *, is_sealed: bool = True, by: Person | None = None
) -> int:
    """A version of a new document, sealed."""
    client = (by or world.auditor).client
    form = {"engagement": str(engagement_id or world.id), "title": "List of payments"}
    files = {"file": ("payments.csv", unique("a;b\n").encode(), "text/csv")}
    version = made(client.post(f"{API}/evidence", data=form, files=files))
    if is_sealed:
        seal(world, version["id"], by=by)
    return int(version["id"])


def seal(world: World, version_id: int, *, by: Person | None = None) -> None:
    done((by or world.auditor).client.post(f"{API}/evidence-versions/{version_id}/seal"))


def workpaper(world: World, *, by: Person | None = None, procedure_id: int | None = None, **values: Any) -> Any:
    """A new draft of the auditor's, with a conclusion."""
    body = {
        "procedure_id": procedure_id or procedure(world)["id"], "title": "Approval of payments",
        "work_done": "59 payments were looked at.", "conclusion": "Three had one approval.", **values,
    }  # fmt: skip
    return made((by or world.auditor).client.post(f"{world.path}/workpapers", json=body))


def step(person: Person, path: str, action: str, **body: Any) -> Any:
    """Take a workpaper or a finding on; `path` is its own, such as `workpapers/5`."""
    return done(person.client.post(f"{API}/{path}/{action}", json=body))


def approved(world: World, paper: Any) -> Any:
    """The auditor's draft, prepared by them and approved by the reviewer."""
    path = f"workpapers/{paper['id']}"
    step(world.auditor, path, "prepare")
    step(world.reviewer, path, "review")
    return step(world.reviewer, path, "approve")


def finding(world: World, *, workpaper_id: int | None = None, owner: Person | None = None, **values: Any) -> Any:
    """A new draft of the auditor's, for the auditee or another owner."""
    body = {
        **TEXTS, "workpaper_id": workpaper_id or workpaper(world)["id"],
        "owner_id": str((owner or world.auditee).id), **values,
    }  # fmt: skip
    return made(world.auditor.client.post(f"{world.path}/findings", json=body))


def link(world: World, finding_id: int, version_id: int | None = None) -> Any:
    """Have a finding, or its retest, rest on this version or on a new one that is sealed."""
    path = f"{API}/findings/{finding_id}/evidence/{version_id or evidence(world)}"
    return done(world.auditor.client.put(path))


def sent(world: World, *, owner: Person | None = None, **values: Any) -> Any:
    """A finding that was sent to its owner."""
    draft = finding(world, owner=owner, **values)
    link(world, draft["id"])
    return step(world.auditor, f"findings/{draft['id']}", "validate")


def planned(world: World, *, due_on: str, owner: Person | None = None, **values: Any) -> Any:
    """A finding whose owner has agreed, and said what will be done until when."""
    found, by = sent(world, owner=owner, **values), owner or world.auditee
    step(by, f"findings/{found['id']}", "agree")
    return step(by, f"findings/{found['id']}", "plan", action_plan="A second approval is asked for.", due_on=due_on)


def ready(world: World, *, due_on: str, **values: Any) -> Any:
    """A finding whose owner says that it is remedied."""
    found = planned(world, due_on=due_on, **values)
    step(world.auditee, f"findings/{found['id']}", "remediate")
    return step(world.auditee, f"findings/{found['id']}", "ready")


def legal(person: Person, path: str) -> set[str]:
    """What this one may do with it now."""
    listed = done(person.client.get(f"{API}/{path}/actions"))
    return {each["action"] for each in listed if each["allowed"]}  # type: ignore[index]


def tomorrow() -> str:
    """By the system's clock."""
    return str((datetime.now(UTC) + timedelta(days=1)).date())
