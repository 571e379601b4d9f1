"""The rules of gates."""

from datetime import datetime
from typing import Any

from portico.apps.releases import audit, events
from portico.apps.releases.gates.models import Gate
from portico.apps.releases.gates.repository import GateRepository
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.releases import reads as releases
from portico.apps.releases.releases.service import ReleaseNotFound, ReleaseService
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction


class GateService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._gates = GateRepository(write)

    async def report(self, release_id: int, name: str, match: IfMatch, *, status: str, **values: Any) -> None:
        """The last word of a gate: the first one adds it. Raises `ReleaseNotFound`, `Forbidden`.

        The release is locked, as it is by what starts it: a gate that has failed holds for every start after that.
        """
        release = await releases.release(await self._write.connection(), release_id)
        if release is None:
            raise ReleaseNotFound
        self._access.require_for(Action.REPORT_GATE, release["team_id"])
        await ReleaseService(self._write, self._access).locked(release_id)
        gate = await self._gates.lock(release_id, name)
        match.check(gate.version if gate else 0)
        said = {"status": status, "reported_by": self._access.user_id, "updated_at": self._now, **values}
        if gate is None:
            gate = Gate(release_id=release_id, name=name, created_at=self._now, **said)
            await self._gates.add(gate)
        else:
            gate.change(**said)
        details = {"name": name, "status": status, **values}
        await audit.log(self._write, self._access, "gate.reported", f"release:{release_id}", **details)
        payload = {"release_id": release_id, "service": release["service"], "release": release["version"], **details}
        await events.tell(
            self._write, "gate.reported", key=f"release:{release_id}", payload=payload, now=self._now
        )  # fmt: skip
