"""What the team writes down: workpapers in all states, findings as far as each has come, assessments of controls."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from portico.apps.audit.assessments.service import AssessmentService
from portico.apps.audit.evidence.service import EvidenceService
from portico.apps.audit.findings.moving import FindingMoves
from portico.apps.audit.findings.service import FindingService
from portico.apps.audit.sample.cast import AUDITOR, REVIEWER, Written
from portico.apps.audit.sample.engaging import ANY
from portico.apps.audit.sample.found import Found
from portico.apps.audit.sample.stage import Scene
from portico.apps.audit.workpapers.service import WorkpaperService

OF_TEAM = ("validate", "close")
SAID = {
    "agree": "Agreed.", "dispute": "The entries were made on call during the stocktaking, as the controller knew.",
    "remediate": "Begun.", "ready": "Done. Please look at it again.",
    "close": "Looked at again: the accounts of all leavers since were locked in time.",
}  # fmt: skip
ASSESSED = (
    ("ac-1", "AC-T1", "examine", "other-than-satisfied", "One of three accounts was locked late, one not at all."),
    ("ac-2", "AC-T2", "interview", "other-than-satisfied", "Seven of twelve reviews were made."),
    ("ac-3", "AC-T2", "interview", "satisfied", "Administrators have no right to post."),
    ("ch-1", "CH-T1", "test", "other-than-satisfied", "CHG-117 has no approval."),
    ("ch-2", "CH-T1", "test", "other-than-satisfied", "CHG-121 was tested by its author."),
    ("ch-3", "CH-T2", "test", "satisfied", "The trial of October was restored in time."),
)  # fmt: skip
"""Code of the requirement, workpaper, method, result, observation."""


async def write(scene: Scene, written: Sequence[Written], *, days: float) -> None:
    """Workpapers begun so many days ago, and as far as they came."""
    for each in written:
        scene.workpapers[each.procedure] = await _write(scene, each, days)


async def find(scene: Scene, found: Sequence[Found]) -> None:
    for each in found:
        await _find(scene, each)


async def assess(scene: Scene, *, days: float) -> None:
    stage = scene.stage
    service = AssessmentService(stage.write, stage.access(AUDITOR), stage.ago(days))
    for code, workpaper, method, result, observation in ASSESSED:
        await service.assess(
            scene.engagement_id, requirement_id=scene.requirements[code], procedure_id=scene.procedures[workpaper],
            workpaper_id=scene.workpapers[workpaper], method=method, result=result, observation=observation,
        )  # fmt: skip


async def _write(scene: Scene, written: Written, days: float) -> int:
    stage = scene.stage
    preparer = WorkpaperService(stage.write, stage.access(written.preparer), stage.ago(days))
    workpaper_id = await preparer.create(
        scene.engagement_id, procedure_id=scene.procedures[written.procedure], title=written.title,
        objective=written.objective, work_done=written.work_done, conclusion=written.conclusion,
    )  # fmt: skip
    for paper in written.papers:
        await preparer.link(workpaper_id, scene.versions[paper], ANY)
    if written.state == "draft":
        return workpaper_id
    await preparer.move(workpaper_id, "prepare")
    if written.state == "prepared":
        return workpaper_id
    reviewer = WorkpaperService(stage.write, stage.access(REVIEWER), stage.ago(days - 2))
    await reviewer.move(workpaper_id, "review")
    if written.state == "returned":
        await reviewer.move(workpaper_id, "return", written.note)
    elif written.state == "approved":
        await reviewer.move(workpaper_id, "approve", written.note)
    return workpaper_id


async def _find(scene: Scene, found: Found) -> None:
    stage = scene.stage
    first = found.steps[0][1] + 1 if found.steps else 4
    service = FindingService(stage.write, stage.access(AUDITOR), stage.ago(first))
    finding_id = await service.create(
        scene.engagement_id, workpaper_id=scene.workpapers[found.workpaper], owner_id=stage.guid(found.owner),
        title=found.title, criteria=found.criteria, condition=found.condition, cause=found.cause, effect=found.effect,
        recommendation=found.recommendation, severity=found.severity,
    )  # fmt: skip
    for paper in found.papers:
        await service.link(finding_id, scene.versions[paper], ANY)
    for action, days in found.steps:
        if action == "close":
            await _retest(scene, finding_id, days)
        who = stage.access(AUDITOR if action in OF_TEAM else found.owner)
        note = found.plan if action in ("plan", "accept-risk") else SAID.get(action, "")
        moves = FindingMoves(stage.write, who, stage.ago(days))
        await moves.move(finding_id, action, note, **_filled(found, action, stage.now.date()))


async def _retest(scene: Scene, finding_id: int, days: float) -> None:
    """A retest has sealed evidence of its own."""
    stage = scene.stage
    vault = EvidenceService(stage.write, stage.access(AUDITOR), stage.ago(days), stage.files)
    version_id = await vault.file_away(scene.engagement_id, stage.stored["retest"], title="Leavers, looked at again")
    await vault.seal(version_id)
    await FindingService(stage.write, stage.access(AUDITOR), stage.ago(days)).link(finding_id, version_id, ANY)
    scene.versions["retest"] = version_id


def _filled(found: Found, action: str, today: date) -> dict[str, Any]:
    day = today + timedelta(days=found.due)
    match action:
        case "plan":
            return {"action_plan": found.plan, "due_on": day}
        case "accept-risk":
            return {"risk_accepted_until": day}
        case _:
            return {}
