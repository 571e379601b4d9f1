"""Reports: what an operator says was made, scrapped and used, booked in one transaction, and once for ever."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from portico.apps.factory.doing import done_by, note
from portico.apps.factory.genealogy import order as genealogy_order
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.reports.booking import Booking
from portico.apps.factory.reports.repository import ReportRepository
from portico.apps.factory.scrap_reasons import reads as scrap_reasons
from portico.apps.factory.work_orders.operations import OperationService, Work, about, why_not_at_work
from portico.kernel.errors import Conflict, InvalidInput
from portico.kernel.idempotency import KeyReused
from portico.kernel.transaction import Transaction

Values = Mapping[str, Any]


class NotAtWork(Conflict):
    code = "NOT_AT_WORK"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons), details={"reasons": list(reasons)})


class MoreThanAvailable(Conflict):
    code = "MORE_THAN_AVAILABLE"

    def __init__(self, reported: int, available: int) -> None:
        super().__init__(
            f"{reported} are reported and {available} were available. A supervisor may report them with a reason.",
            details={"reported": reported, "available": available},
        )


class ReportService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._reports = ReportRepository(write)
        self._operations = OperationService(write, access, now)
        self._booking = Booking(write, access, now)

    async def report(self, operation_id: int, values: Values, key: str) -> tuple[int, bool]:
        """Book a report and answer its id, and whether it is new: under one key the same report is booked once.

        Raises `OperationNotFound`, `Forbidden`, `KeyReused` for another report under the key, `NotAtWork`,
        `MoreThanAvailable`, `LotNotUsable`, `NotEnough`, `CodeTaken`, `InvalidInput`.
        """
        await self._in_order(values)
        work = await self._operations.at_work(operation_id)
        scrap = sum(line["qty"] for line in values["scrap"])
        over_by = values["good"] + scrap + values["rework"] - work.available - values["reworked"]
        report_id = await self._claim(work, values, key, scrap=scrap, is_over=over_by > 0)
        if report_id is None:
            return await self._again(operation_id, values, key), False
        self._check(work, values, over_by)
        await self._operations.count(
            work, good=values["good"], scrap=scrap, rework=values["rework"] - values["reworked"]
        )  # fmt: skip
        await self._add_scrap(report_id, values["scrap"])
        await self._booking.book(work, report_id, values)
        await self._tell(work, report_id, values, scrap)
        return report_id, True

    async def _in_order(self, values: Values) -> None:
        """Stand in the genealogy's order, before any row is locked: alone where lots that are there already get more.

        A lot that is made between this look and the lock is refused by `Booking`.
        """
        codes = [each["piece"] or each["code"] for each in values["produced"] if each["piece"] or each["code"]]
        if values["consumed"] and await self._reports.lots(codes):
            await genealogy_order.alone(self._write)
        else:
            await genealogy_order.share(self._write)

    async def _claim(self, work: Work, values: Values, key: str, *, scrap: int, is_over: bool) -> int | None:
        return await self._reports.claim(
            {
                **done_by(self._access, self._now), "operation_id": work.operation.id,
                "workstation_id": work.operation.workstation_id, "good": values["good"], "scrap": scrap,
                "rework": values["rework"], "reworked": values["reworked"], "key": key,
                "over_reason": values["over_reason"] if is_over else "",
                "has_pieces": any(line["piece"] for line in (*values["scrap"], *values["produced"])),
                "fingerprint": fingerprint(work.operation.id, values),
            }
        )  # fmt: skip

    async def _again(self, operation_id: int, values: Values, key: str) -> int:
        stored = await self._reports.stored(key)
        if stored["fingerprint"] != fingerprint(operation_id, values):
            raise KeyReused
        report_id: int = stored["id"]
        return report_id

    def _check(self, work: Work, values: Values, over_by: int) -> None:
        if reasons := why_not_at_work(work.order.state, work.operation.state):
            raise NotAtWork(reasons)
        if values["reworked"] > work.operation.rework:
            raise InvalidInput(details={"reworked": f"only {work.operation.rework} were put aside"})
        if values["reworked"] > values["good"] + sum(line["qty"] for line in values["scrap"]):
            raise InvalidInput(details={"reworked": "is good or scrap by now"})
        if over_by > 0:
            if not values["over_reason"].strip():
                reported = work.available + values["reworked"] + over_by
                raise MoreThanAvailable(reported, work.available + values["reworked"])
            self._access.require(Action.SUPERVISE)

    async def _add_scrap(self, report_id: int, lines: Sequence[Values]) -> None:
        wanted = {line["reason"] for line in lines}
        known = await scrap_reasons.active(await self._write.connection(), sorted(wanted))
        if missing := wanted - known.keys():
            raise InvalidInput(details={"scrap": f"no reason that is in use: {', '.join(sorted(missing))}"})
        for code, reason_id in sorted(known.items()):
            quantity = sum(line["qty"] for line in lines if line["reason"] == code)
            await self._reports.add_scrap(report_id, reason_id, quantity)

    async def _tell(self, work: Work, report_id: int, values: Values, scrap: int) -> None:
        details = {"report_id": report_id, "good": values["good"], "scrap": scrap, "rework": values["rework"]}
        place = {"operation_id": work.operation.id, "workstation_id": work.operation.workstation_id}
        await note(self._write, self._access, self._now, "Report", details=details, **about(work.order), **place)


def fingerprint(operation_id: int, values: Values) -> str:
    """Tells two reports apart, however their numbers were written."""
    text = orjson.dumps([operation_id, values], default=float, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()
