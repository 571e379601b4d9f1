"""What a scanned code is, and what its scanner may do with it at a workstation."""

from datetime import datetime
from typing import Any

from portico.apps.factory.doing import note
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.scans import reads
from portico.apps.factory.work_orders.operations import possibilities
from portico.apps.factory.workstations import reads as workstations
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.transaction import Transaction

ABOUT = ("work_order_id", "lot_id", "piece_id", "assembly_id", "component_id", "project_id")


class UnknownCode(NotFound):
    code = "UNKNOWN_CODE"

    def __init__(self, code: str) -> None:
        super().__init__(f"Nothing here has the code {code}.")


class ScanService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now

    async def scan(self, code: str, workstation_id: int) -> dict[str, Any]:
        """What has this code, with its operations there. Raises `Forbidden`, `InvalidInput`, `UnknownCode`."""
        self._access.require_at(workstation_id)
        connection = await self._write.connection()
        if await workstations.workstation(connection, workstation_id) is None:
            raise InvalidInput(details={"workstation": "not found"})
        thing = await reads.found(connection, code)
        if thing is None:
            raise UnknownCode(code)
        operations = await reads.operations(connection, thing, workstation_id)
        lot = None
        if thing["lot_id"] is not None:
            lot = await reads.material(connection, thing["lot_id"], workstation_id, self._now)
        about = {name: thing[name] for name in ABOUT}
        details = {"kind": thing["kind"], "code": thing["code"]}
        await note(
            self._write, self._access, self._now, "BarcodeScan", details=details, workstation_id=workstation_id, **about
        )
        return {
            **thing,
            "name": thing["name"] or "",
            "here": lot and lot["here"],
            "operations": [{**each, "actions": possibilities(each, self._access)} for each in operations],
            "actions": self._actions(thing, lot),
        }

    def _actions(self, thing: Row, lot: Row | None) -> list[dict[str, Any]]:
        """What does not belong to one of the operations."""
        found = []
        if lot is not None:
            found.append(_doing("consume", _why_not_used(lot)))
        if thing["kind"] == "piece":
            reasons = [] if thing["state"] in ("planned", "in_production", "rework") else [f"It is {thing['state']}."]
            found.append(_doing("produce", reasons))
        if thing["kind"] in ("user", "workstation"):
            found.append(_doing("sign_in", [] if thing["state"] == "active" else ["It is switched off."]))
        if thing["kind"] in ("piece", "lot"):
            found.append(_doing("inspect", [] if self._access.may(Action.INSPECT) else ["You may not do this."]))
        return found


def _why_not_used(lot: Row) -> list[str]:
    reasons = [] if lot["state"] == "released" else [f"It is {lot['state']}."]
    if lot["is_expired"]:
        reasons.append("It has expired.")
    if not lot["here"]:
        reasons.append("Nothing of it lies at this workstation.")
    return reasons


def _doing(action: str, reasons: list[str]) -> dict[str, Any]:
    return {"action": action, "allowed": not reasons, "reasons": reasons}
