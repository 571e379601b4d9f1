"""The write side of requests."""

from sqlalchemy import select

from portico.apps.audit.requests.models import EvidenceRequest
from portico.kernel.transaction import Transaction


class RequestRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def lock(self, request_id: int) -> EvidenceRequest | None:
        """The request, locked against other writers and against papers on their way to it."""
        query = select(EvidenceRequest).where(EvidenceRequest.id == request_id).with_for_update(key_share=True)
        found: EvidenceRequest | None = await self._write.session.scalar(query)
        return found

    async def save(self, request: EvidenceRequest) -> None:
        self._write.session.add(request)
        await self._write.session.flush()
