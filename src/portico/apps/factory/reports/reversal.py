"""The reversal of a report: one more report with the opposite of every number, and of every line in the ledger."""

from datetime import datetime

from portico.apps.factory.doing import done_by, note
from portico.apps.factory.genealogy import order as genealogy_order
from portico.apps.factory.lots import ledger
from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.reports.repository import ReportRepository
from portico.apps.factory.reports.service import NotAtWork
from portico.apps.factory.work_orders.operations import OperationService, Work, about
from portico.kernel.database import Row
from portico.kernel.errors import Conflict, NotFound
from portico.kernel.transaction import Transaction


class ReportNotFound(NotFound):
    def __init__(self, report_id: int) -> None:
        super().__init__(f"There is no report {report_id}.")


class ReportStands(Conflict):
    code = "REPORT_STANDS"


class ReversalService:
    def __init__(self, write: Transaction, access: Access, now: datetime) -> None:
        self._write = write
        self._access = access
        self._now = now
        self._reports = ReportRepository(write)
        self._operations = OperationService(write, access, now)

    async def reverse(self, report_id: int, reason: str) -> int:
        """Take a report back and answer the id of the one that does. What was linked stays linked.

        Raises `ReportNotFound`, `NotAtWork` for an order that is done, `ReportStands` where others build on it, and
        `NotEnough` where what was made has gone already.
        """
        self._access.require(Action.SUPERVISE)
        await genealogy_order.share(self._write)
        report = await self._reports.one(report_id)
        if report is None:
            raise ReportNotFound(report_id)
        work = await self._operations.at_work(report["operation_id"])
        _check(work, report)
        made = await self._reports.reverse(report_id, {**done_by(self._access, self._now), "reason": reason})
        if made is None:
            raise ReportStands("It was reversed before.")
        await self._operations.count(
            work, good=-report["good"], scrap=-report["scrap"], rework=report["reworked"] - report["rework"]
        )  # fmt: skip
        lines = await self._reports.movements(report_id)
        await ledger.locked(self._write, {line["lot_id"] for line in lines}, self._now)
        for line in lines:
            await ledger.move(
                self._write, self._access, self._now, lot_id=line["lot_id"], location_id=line["location_id"],
                quantity=-line["quantity"], kind="reversal", reverses_id=line["id"], operation_id=work.operation.id,
                report_id=made, reason=reason,
            )  # fmt: skip
        details = {"report_id": made, "reverses_id": report_id, "reason": reason}
        place = {"operation_id": work.operation.id, "workstation_id": work.operation.workstation_id}
        await note(self._write, self._access, self._now, "Reversal", details=details, **about(work.order), **place)
        return made


def _check(work: Work, report: Row) -> None:
    if report["reverses_id"] is not None:
        raise ReportStands("A reversal is not reversed: report it again.")
    if report["has_pieces"]:
        raise ReportStands("It tells of pieces: scrap and replace those that are wrong.")
    if work.order.state not in ("in_progress", "held"):
        raise NotAtWork([f"The work order is {work.order.state}."])
    if work.operation.good - report["good"] < work.passed_on:
        raise ReportStands("The next operation has reported them already: reverse its reports first.")
    if work.operation.rework + report["reworked"] < report["rework"]:
        raise ReportStands("What was put aside has been reworked already: reverse that report first.")
