"""The write side of additions."""

from portico.apps.audit.additions.models import Addition
from portico.kernel.transaction import Transaction


class AdditionRepository:
    def __init__(self, write: Transaction) -> None:
        self._write = write

    async def add(self, addition: Addition) -> None:
        self._write.session.add(addition)
        await self._write.session.flush()
