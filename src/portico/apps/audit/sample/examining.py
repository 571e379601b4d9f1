"""The work on the books: import, tests and decisions, a population and its sample, reconciliations."""

import asyncio
import tempfile
from datetime import datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from portico.apps.audit.engagements import parameters
from portico.apps.audit.exceptions.catalog import NAMES
from portico.apps.audit.exceptions.running import Author, Tests
from portico.apps.audit.exceptions.service import ExceptionService
from portico.apps.audit.ledgers import process
from portico.apps.audit.ledgers.importing import Import
from portico.apps.audit.ledgers.service import LedgerService
from portico.apps.audit.populations.service import PopulationService
from portico.apps.audit.reconciliations.service import ReconciliationService
from portico.apps.audit.sample.cast import AUDITOR
from portico.apps.audit.sample.engaging import ANY
from portico.apps.audit.sample.papers import YEAR
from portico.apps.audit.sample.stage import Scene
from portico.apps.audit.samples.service import SampleService

LEDGERS = (
    ("ledger", "General ledger 2025", "general"), ("bank", "Bank statement 2025", "bank"),
    ("credits", "Tax-credit statement 2025", "tax_credit"), ("receivable", "Tax-credit ledger 2025", "receivable"),
)  # fmt: skip
EXPLAINED = {
    "reversal": "The accrual of the month before is taken back, as each month.",
    "round_amount": "An instalment of the loan, which is round by contract.",
}
"""What usual business brings up as well: these are cleared, unless they were planted."""
FOLLOWED = ("poster_is_approver", "weekend_or_holiday", "duplicate")
ATTRIBUTE_SEED, UNIT_SEED = "2025-JE-2-a", "2025-RV-1-b"
OVERSTATED = Decimal("0.85")


async def import_all(scene: Scene) -> dict[str, int]:
    """The ledgers of the papers, by the papers' short names, tested as an import tests them."""
    return {paper: await _import(scene, paper, name, kind) for paper, name, kind in LEDGERS}


async def test(scene: Scene, ledger_id: int) -> None:
    """Run every test over the general ledger, and decide on a part of what they bring up."""
    stage = scene.stage
    chosen = parameters.of(stage.papers.books.parameters)
    for name in NAMES:
        await Tests(stage.write, ledger_id, _author(scene), stage.ago(30)).test(name, chosen)
    planted = {(one.test, one.number) for one in stage.papers.books.planted}
    service = ExceptionService(stage.write, stage.access(AUDITOR), stage.ago(28))
    for row in await stage.repository.exceptions(ledger_id):
        is_planted = (row["test"], row["number"]) in planted
        if row["test"] in EXPLAINED and not is_planted:
            await service.decide(row["id"], ANY, decision="cleared", reason=EXPLAINED[row["test"]])
        elif row["test"] in FOLLOWED and is_planted:
            await service.decide(row["id"], ANY, decision="followed_up", reason="It goes into a finding.")


async def draw(scene: Scene, ledger_id: int) -> None:
    """A sample of attributes and one of monetary units, drawn; the latter examined and evaluated, too."""
    bills = await _population(scene, ledger_id, "Bills of suppliers", {"journal": "PUR", "side": "credit"})
    sales = await _population(scene, ledger_id, "Invoices to customers", {"journal": "SAL", "account_prefix": "1100"})
    service = SampleService(scene.stage.write, scene.stage.access(AUDITOR), scene.stage.ago(22))
    approvals = await service.create(
        scene.engagement_id, population_id=bills, procedure_id=scene.procedures["JE-2"], name="Approval of bills",
        aim=_aim("attribute", Decimal("0.05")),
    )  # fmt: skip
    await service.select(approvals, ATTRIBUTE_SEED)
    units = await service.create(
        scene.engagement_id, population_id=sales, procedure_id=scene.procedures["RV-1"], name="Sales by monetary units",
        aim=_aim("monetary_unit", Decimal("150000.00"), Decimal("15000.00")),
    )  # fmt: skip
    await service.select(units, UNIT_SEED)
    await service.record(units, ANY, [_result(row) for row in await scene.stage.repository.items(units)])
    await service.evaluate(units)


async def reconcile(scene: Scene, ledgers: dict[str, int]) -> None:
    service = ReconciliationService(scene.stage.write, scene.stage.access(AUDITOR), scene.stage.ago(25))
    for kind, left, right, accounts in (
        ("bank", "bank", "ledger", ["1000"]), ("tax_credit", "credits", "receivable", None),
    ):  # fmt: skip
        await service.make(
            scene.engagement_id, kind=kind, ledgers={"left": ledgers[left], "right": ledgers[right]},
            accounts={"left": None, "right": accounts}, opposite_signs=False, compare_references=True,
            tolerance=Decimal("1.00"), days=5,
        )  # fmt: skip


async def _import(scene: Scene, paper: str, name: str, kind: str) -> int:
    """As the job does it, with our own files: nobody has to be kept from them by a process."""
    stage, access = scene.stage, scene.stage.access(AUDITOR)
    service = LedgerService(stage.write, access, stage.ago(32))
    ledger_id, _ = await service.begin(scene.versions[paper], name=name, kind=kind, financial_year=str(YEAR))
    importing = Import(stage.write, ledger_id, access.actor, stage.ago(32))
    with tempfile.TemporaryDirectory(prefix="portico-seed-") as folder:
        order = {"folder": folder, "ledger_id": ledger_id, "kind": kind, "mapping": {}}
        found = await asyncio.to_thread(_read, stage.papers.files[paper].content, order)
        await importing.take(Path(folder), found, _unheard)
    await Tests(stage.write, ledger_id, _author(scene), stage.ago(32)).check()
    return ledger_id


def _read(content: bytes, order: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        return process.read(file, order, StringIO())


async def _unheard(_: int) -> None:
    pass


async def _population(scene: Scene, ledger_id: int, name: str, wanted: dict[str, Any]) -> int:
    at: datetime = scene.stage.ago(24)
    service = PopulationService(scene.stage.write, scene.stage.access(AUDITOR), at)
    population_id = await service.create(source=ledger_id, name=name, filter=wanted)
    await service.freeze(population_id)
    return population_id


def _author(scene: Scene) -> Author:
    access = scene.stage.access(AUDITOR)
    return Author(access.user_id, access.user_name)


def _aim(method: str, tolerable: Decimal, expected: Decimal = Decimal(0)) -> dict[str, Any]:
    """At 5 % risk."""
    return {
        "method": method, "risk": Decimal("0.05"), "tolerable": tolerable, "expected": expected,
        "distribution": "binomial",
    }  # fmt: skip


def _result(row: dict[str, Any]) -> dict[str, Any]:
    """All items agree, but for the third, of which a part was never delivered."""
    amount: Decimal = row["amount"]
    is_wrong = row["position"] == 3
    audited = (amount * OVERSTATED).quantize(Decimal("0.01")) if is_wrong else amount
    note = "Part of the delivery was returned in December." if is_wrong else "Agrees with invoice and delivery."
    return {"position": row["position"], "is_deviation": None, "audited_amount": audited, "note": note}
