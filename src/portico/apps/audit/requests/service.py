"""The rules of requests: sent to one auditee, answered by them, accepted or returned with a reason."""

from datetime import datetime
from typing import Any
from uuid import UUID

from portico.apps.audit.engagements.standing import Standing, enter, look, next_number
from portico.apps.audit.evidence.service import EvidenceService
from portico.apps.audit.log import log_in
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.possibilities import possibilities
from portico.apps.audit.requests import reads
from portico.apps.audit.requests.models import REQUEST_MACHINE, Asked, EvidenceRequest
from portico.apps.audit.requests.repository import RequestRepository
from portico.apps.audit.requests.standing import RequestNotFound
from portico.kernel.database import Connection
from portico.kernel.errors import Conflict, InvalidInput, existing
from portico.kernel.etags import IfMatch
from portico.kernel.files import Files
from portico.kernel.state_machine import Possibility
from portico.kernel.transaction import Transaction

LATER = frozenset({"due_on"})
"""What may still be changed of a request that was sent."""


class RequestSent(Conflict):
    code = "REQUEST_SENT"
    message = "The request was sent: only its date may be changed now, until it is accepted."


class RequestService:
    def __init__(self, write: Transaction, access: Access, now: datetime, files: Files) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._requests = RequestRepository(write)
        self._evidence = EvidenceService(write, access, now, files)

    async def create(self, engagement_id: int, *, assignee_id: UUID | None, **values: Any) -> int:
        """Draft a request and answer its id. Raises what `enter` raises, `InvalidInput`."""
        await enter(self._write, self._access, engagement_id, Action.WORK)
        request = EvidenceRequest(
            engagement_id=engagement_id, number=await next_number(self._write, engagement_id, "requests"),
            assignee_id=await self._auditee(engagement_id, assignee_id), created_at=self._now, **values,
        )  # fmt: skip
        await self._save(request)
        await self._log(request, "request.created", title=request.title)
        return request.id

    async def change(self, request_id: int, match: IfMatch, **values: Any) -> None:
        """Raises `RequestNotFound`, `Forbidden`, `PreconditionFailed`, `RequestSent`, `InvalidInput`."""
        request, _ = await self._locked(request_id, Action.WORK)
        match.check(request.version)
        if request.state == "accepted" or (request.state != "draft" and not values.keys() <= LATER):
            raise RequestSent
        if "assignee_id" in values:
            values["assignee_id"] = await self._auditee(request.engagement_id, values["assignee_id"])
        if values:
            before = {name: getattr(request, name) for name in values}
            request.change(**values)
            await self._save(request)
            changes = {name: [before[name], values[name]] for name in values}
            await self._log(request, "request.changed", changes=changes)

    async def send(self, request_id: int) -> None:
        """From here on its auditee sees it. Raises `RequestNotFound`, `Forbidden`, `IllegalTransition`."""
        request, standing = await self._locked(request_id, Action.WORK)
        await self._advance(request, standing, "send", sent_at=self._now)
        await self._log(request, "request.sent", assignee=request.assignee_id)

    async def submit(self, request_id: int, answer: str) -> None:
        """For its auditee. Raises `RequestNotFound`, `Forbidden`, `IllegalTransition`."""
        request, standing = await self._locked(request_id, Action.ANSWER)
        request.answer = answer or request.answer
        await self._write.session.flush()
        await self._advance(request, standing, "submit", submitted_at=self._now)
        await self._log(request, "request.submitted", answer=request.answer)

    async def accept(self, request_id: int) -> None:
        """Accept what answers it, which is sealed. Raises as `send`, and `SealRefused`."""
        request, standing = await self._locked(request_id, Action.TAKE_EVIDENCE)
        await self._advance(request, standing, "accept", decided_at=self._now)
        await self._evidence.seal_answers(request_id)
        await self._log(request, "request.accepted")

    async def give_back(self, request_id: int, reason: str) -> None:
        """Return it to its auditee. Raises as `send`."""
        request, standing = await self._locked(request_id, Action.TAKE_EVIDENCE)
        await self._advance(request, standing, "return", decided_at=self._now, return_reason=reason)
        await self._log(request, "request.returned", reason=reason)

    async def _locked(self, request_id: int, action: Action) -> tuple[EvidenceRequest, Standing]:
        connection = await self._write.connection()
        found = existing(await reads.request(connection, self._access, request_id), RequestNotFound(request_id))
        standing = await enter(self._write, self._access, found["engagement_id"], action)
        request = existing(await self._requests.lock(request_id), RequestNotFound(request_id))
        return request, standing

    async def _advance(self, request: EvidenceRequest, standing: Standing, action: str, **values: Any) -> None:
        connection = await self._write.connection()
        row = existing(await reads.request(connection, self._access, request.id), RequestNotFound(request.id))
        state = REQUEST_MACHINE.advance(Asked.of(row), action, standing.may)
        request.change(state=state, **values)
        await self._write.session.flush()

    async def _auditee(self, engagement_id: int, guid: UUID | None) -> int | None:
        if guid is None:
            return None
        found = await reads.auditee(await self._write.connection(), engagement_id, guid)
        if found is None:
            raise InvalidInput(details={"assignee_id": "is no auditee of this engagement"})
        return found

    async def _save(self, request: EvidenceRequest) -> None:
        procedure_id, engagement_id = request.procedure_id, request.engagement_id
        if procedure_id is not None and not await self._evidence.has_procedure(engagement_id, procedure_id):
            raise InvalidInput(details={"procedure_id": "is no procedure of this engagement"})
        await self._requests.save(request)

    async def _log(self, request: EvidenceRequest, action: str, **details: Any) -> None:
        thing = f"request:{request.id}"
        await log_in(self._write, self._access, action, request.engagement_id, thing, **details)


async def actions(connection: Connection, access: Access, request_id: int) -> list[Possibility]:
    """What the caller may do with a request now, and why not the rest. Raises `RequestNotFound`."""
    row = existing(await reads.request(connection, access, request_id), RequestNotFound(request_id))
    standing = await look(connection, access, row["engagement_id"], Action.FILE_EVIDENCE)
    return possibilities(REQUEST_MACHINE, row, standing.may)
