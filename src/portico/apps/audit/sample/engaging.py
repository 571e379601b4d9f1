"""The beginning of an engagement: client, team, framework, procedures, requests and what answers them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from portico.apps.audit.assessments.service import AssessmentService
from portico.apps.audit.engagements.service import EngagementService
from portico.apps.audit.evidence.service import EvidenceService
from portico.apps.audit.members.service import MemberService
from portico.apps.audit.procedures.service import ProcedureService
from portico.apps.audit.requests.service import RequestService
from portico.apps.audit.sample.cast import AUDITOR, CFO, IT, LEAD, REVIEWER, Asked, Procedure
from portico.apps.audit.sample.stage import Scene, Stage
from portico.kernel.etags import IfMatch

ANY = IfMatch(None)
MEMBERS = ((AUDITOR, "auditor", False), (REVIEWER, "reviewer", False), (CFO, "auditee", True), (IT, "auditee", True))


async def begin(
    stage: Stage, client_id: int, framework_id: int, procedures: Sequence[Procedure], **values: Any
) -> Scene:  # fmt: skip
    """An engagement in fieldwork, with its team, the framework and the procedures."""
    lead = stage.access(LEAD)
    service = EngagementService(stage.write, lead)
    scene = Scene(stage, await service.create(client_id=client_id, **values))
    members = MemberService(stage.write, lead, scene.engagement_id)
    for email, role, may_accept_risk in MEMBERS:
        await members.put(stage.guid(email), ANY, role=role, may_accept_risk=may_accept_risk)
    await AssessmentService(stage.write, lead, stage.ago(60)).choose(scene.engagement_id, framework_id)
    scene.requirements = await stage.repository.requirements(framework_id)
    await service.move(scene.engagement_id, "start", stage.ago(60))
    for each in procedures:
        scene.procedures[each.code] = await ProcedureService(stage.write, lead).create(
            scene.engagement_id, code=each.code, title=each.title, description="", pack=each.pack, method=each.method,
            requirement_id=scene.requirements[each.requirement],
        )  # fmt: skip
    return scene


async def ask(scene: Scene, asked: Sequence[Asked]) -> None:
    for each in asked:
        await _ask(scene, each)


async def file_away(scene: Scene, paper: str, title: str, *, days: float) -> int:
    """File a paper that nobody was asked for, and seal it."""
    stage = scene.stage
    vault = EvidenceService(stage.write, stage.access(AUDITOR), stage.ago(days), stage.files)
    version_id = await vault.file_away(scene.engagement_id, stage.stored[paper], title=title)
    await vault.seal(version_id)
    scene.versions[paper] = version_id
    return version_id


async def _ask(scene: Scene, asked: Asked) -> None:
    """A request, as far as it came."""
    stage = scene.stage
    team = RequestService(stage.write, stage.access(AUDITOR), stage.ago(asked.sent), stage.files)
    request_id = await team.create(
        scene.engagement_id, assignee_id=stage.guid(asked.assignee), title=asked.title, description=asked.description,
        procedure_id=scene.procedures[asked.procedure], due_on=(stage.now + timedelta(days=asked.due)).date(),
    )  # fmt: skip
    if asked.end == "draft":
        return
    await team.send(request_id)
    if asked.end == "send":
        return
    answered = stage.ago(max(asked.sent - 6, 1))
    client = stage.access(asked.assignee)
    vault = EvidenceService(stage.write, client, answered, stage.files)
    for paper in asked.papers:
        title = asked.title if len(asked.papers) == 1 else f"{asked.title}: {stage.papers.files[paper].name}"
        scene.versions[paper] = await vault.file_away(
            scene.engagement_id, stage.stored[paper], title=title, request_id=request_id
        )
    await RequestService(stage.write, client, answered, stage.files).submit(request_id, asked.answer)
    decided = RequestService(stage.write, stage.access(AUDITOR), stage.ago(max(asked.sent - 8, 0.5)), stage.files)
    if asked.end == "accept":
        await decided.accept(request_id)
    elif asked.end == "return":
        await decided.give_back(request_id, asked.reason)
