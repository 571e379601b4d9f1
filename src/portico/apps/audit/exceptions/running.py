"""Running checks and tests, in a job. What they bring up is kept as open exceptions, and nothing more is done."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from portico.apps.audit.engagements.parameters import Parameters
from portico.apps.audit.exceptions import benford
from portico.apps.audit.exceptions.benford import Benford
from portico.apps.audit.exceptions.catalog import BENFORD, BY_NAME
from portico.apps.audit.exceptions.checks import CHECKS
from portico.apps.audit.exceptions.repository import GIVEN, ExceptionRepository
from portico.apps.audit.exceptions.service import benford_of
from portico.kernel.transaction import Transaction

BENFORD_RULE = (
    "The first digits, and the first two, of debits of at least 10 are those that Benford's law expects: the mean "
    f"absolute deviation conforms (in {benford.FEW} amounts or more), and no digits stand out by more than that "
    f"and by more than {benford.NOTABLE_Z} standard deviations."
)


class EngagementGone(Exception):
    """It was archived while the job waited: nothing more is written into it."""


@dataclass(frozen=True)
class Author:
    """For whom a job works, and how they were called when they asked for it."""

    user_id: int
    name: str


class Tests:
    """All of one ledger, in one transaction for each call."""

    def __init__(self, write: Transaction, ledger_id: int, author: Author, now: datetime) -> None:
        self._write = write
        self._ledger_id = ledger_id
        self._by = (author.user_id, author.name)
        self._now = now
        self._exceptions = ExceptionRepository(write)

    async def check(self) -> int:
        """Make all checks of a ledger whose lines are there; answers how many exceptions they have brought up."""
        about = await self._begin()
        found = 0
        for check in CHECKS:
            if check.only in (None, about["kind"]):
                tested = 1 if check.tests == "ledger" else about[check.tests]
                found += await self._keep(about, check.name, check.rule, check.statement, tested, {}, {})
        return found

    async def test(self, name: str, parameters: Parameters) -> int:
        """Run one test; answers how many exceptions it has brought up. Raises `EngagementGone`."""
        about = await self._begin()
        if name == BENFORD:
            return await self._benford(about)
        test = BY_NAME[name]
        chosen = test.parameters(parameters)
        values = {key: list(value) if isinstance(value, tuple) else value for key, value in chosen.items()}
        written = parameters.model_dump(mode="json", include=set(test.compares))
        return await self._keep(
            about, name, test.in_words(chosen), test.statement, about["entries"], values, written
        )  # fmt: skip

    async def _begin(self) -> dict[str, Any]:
        await self._exceptions.prepare()
        about = await self._exceptions.hold(self._ledger_id)
        if about is None or about["engagement_state"] == "archived":
            raise EngagementGone
        return about

    async def _benford(self, about: dict[str, Any]) -> int:
        connection = await self._write.connection()
        given: list[dict[str, Any]] = []
        result: dict[str, Any] = {}
        for digits in benford.LENGTHS:
            found = await benford_of(connection, self._ledger_id, digits)
            result[digits] = _summed_up(found)
            given += _exceptions_of(found)
        return await self._keep(
            about, BENFORD, BENFORD_RULE, GIVEN, result["first"]["amounts"], {}, {}, result, given
        )  # fmt: skip

    async def _keep(
        self, about: dict[str, Any], name: str, rule: str, statement: Any, tested: int, parameters: dict[str, Any],
        written: dict[str, Any], result: dict[str, Any] | None = None, given: list[dict[str, Any]] | None = None,
    ) -> int:  # fmt: skip
        row = await self._exceptions.keep(
            statement, test=name, rule=rule, tested=tested, engagement_id=about["engagement_id"],
            ledger_id=self._ledger_id, by=self._by, now=self._now, parameters={"kind": about["kind"], **parameters},
            written=written, result=result, given=given,
        )  # fmt: skip
        found: int = row["found"]
        return found


def _summed_up(found: Benford) -> dict[str, Any]:
    return {name: value for name, value in asdict(found).items() if name != "counts"}


def _exceptions_of(found: Benford) -> list[dict[str, Any]]:
    named = "first digits" if found.digits == "first" else "first two digits"
    given = []
    if found.conformity == benford.NONCONFORMING and not found.is_few:
        why = f"The {named} do not conform: their mean absolute deviation is {found.mean_absolute_deviation:.4f}."
        given.append({"why": why, "details": _summed_up(found)})
    for each in found.counts:
        if each.stands_out:
            why = f"{each.observed} amounts begin with {each.digits}, and {each.expected:.0f} are expected."
            given.append({"why": why, "details": {"digits": each.digits, "of": found.digits, **asdict(each)}})
    return given
