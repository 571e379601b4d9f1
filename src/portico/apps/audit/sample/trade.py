"""The business of a trading company: what it sells, buys, pays and books at the end of each month."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from portico.apps.audit.sample.chance import CENT, Chance, WorkingDays
from portico.apps.audit.sample.entries import BookAccount, BookEntry, BookLine

ACCOUNTS = (
    BookAccount("0400", "Fixtures and fittings", Decimal("182500.00")),
    BookAccount("0450", "Accumulated depreciation", Decimal("-64100.00")),
    BookAccount("1000", "Bank", Decimal("412300.55")),
    BookAccount("1100", "Trade receivables", Decimal("231874.20")),
    BookAccount("1200", "Input VAT"),
    BookAccount("1300", "Prepaid expenses", Decimal("18400.00")),
    BookAccount("1900", "Suspense"),
    BookAccount("2000", "Trade payables", Decimal("-148211.75")),
    BookAccount("2100", "Bank loan", Decimal("-360000.00")),
    BookAccount("2200", "Output VAT"),
    BookAccount("2300", "Payroll liabilities"),
    BookAccount("2400", "Accrued expenses"),
    BookAccount("3000", "Equity", Decimal("-272763.00")),
    BookAccount("4000", "Sales of goods"),
    BookAccount("4100", "Services"),
    BookAccount("5000", "Cost of goods"),
    BookAccount("6000", "Salaries"),
    BookAccount("6100", "Rent"),
    BookAccount("6200", "Office"),
    BookAccount("6300", "Travel"),
    BookAccount("6400", "Marketing"),
    BookAccount("6500", "IT services"),
    BookAccount("6700", "Depreciation"),
    BookAccount("6900", "Donations"),
    BookAccount("8900", "Extraordinary items"),
)
REVENUES = ("4000", "4000", "4000", "4100")
EXPENSES = ("5000", "5000", "5000", "6200", "6300", "6400", "6500")
CLERKS = ("a.berg", "j.novak", "m.silva", "k.weber")
APPROVERS = ("cfo.lind", "controller.roth")
VAT = Decimal("0.20")
MONTHLY = 30  # lines of a month's end, about


@dataclass
class Trade:
    """Makes entries of one year. Each gets its number later, when all are there."""

    chance: Chance
    days: WorkingDays
    _references: int = 0

    def entries(self, lines: int) -> Iterator[BookEntry]:
        """So many lines, or a few more."""
        made = 0
        for month in range(1, 13):
            for entry in self._month_end(month):
                made += len(entry.lines)
                yield entry
        kinds: Sequence[Callable[[], BookEntry]] = (self.sale, self.purchase, self.receipt, self.payment)
        turn = 0
        while made < lines:
            entry = kinds[turn % 4]()
            turn += 1
            made += len(entry.lines)
            yield entry

    def sale(self, net: Decimal | None = None, day: date | None = None) -> BookEntry:
        net, reference = (net or self.chance.amount()).quantize(CENT), self._reference("INV")
        party = f"C{self.chance.below(180) + 1:04d}"
        vat = (net * VAT).quantize(CENT)
        return self.entry(
            "SAL", day, f"Invoice {reference}", reference, party,
            ("1100", net + vat), (self.chance.one_of(REVENUES), -net), ("2200", -vat),
        )  # fmt: skip

    def purchase(
        self, net: Decimal | None = None, day: date | None = None, *, account: str = "", approver: str = ""
    ) -> BookEntry:
        net, reference = (net or self.chance.amount()).quantize(CENT), self._reference("BILL")
        party = f"S{self.chance.below(90) + 1:04d}"
        vat = (net * VAT).quantize(CENT)
        return self.entry(
            "PUR", day, f"Bill {reference} of {party}", reference, party,
            (account or self.chance.one_of(EXPENSES), net), ("1200", vat), ("2000", -net - vat),
        )  # fmt: skip

    def receipt(self) -> BookEntry:
        amount, reference = self.chance.amount(), self._reference("RCT")
        party = f"C{self.chance.below(180) + 1:04d}"
        return self.entry("BNK", None, f"Received from {party}", reference, party, ("1000", amount), ("1100", -amount))

    def payment(self) -> BookEntry:
        amount, reference = self.chance.amount(), self._reference("PAY")
        party = f"S{self.chance.below(90) + 1:04d}"
        return self.entry("BNK", None, f"Paid to {party}", reference, party, ("2000", amount), ("1000", -amount))

    def entry(
        self, journal: str, day: date | None, description: str, reference: str, party: str,
        *amounts: tuple[str, Decimal],
    ) -> BookEntry:  # fmt: skip
        """An entry as clerks make it: on a working day, entered within a week, approved by somebody else."""
        day = day or self.chance.one_of(self.days.days)
        entered = self.days.on_or_after(day + timedelta(days=self.chance.below(5)))
        return BookEntry(
            journal=journal, number="", posted_on=day, document_date=day, entered_on=entered,
            poster=self.chance.one_of(CLERKS), approver=self.chance.one_of(APPROVERS), description=description,
            lines=tuple(BookLine(account, amount, description, reference, party) for account, amount in amounts),
        )  # fmt: skip

    def _month_end(self, month: int) -> Iterator[BookEntry]:
        year = self.days.days[0].year
        last = self.days.on_or_before(date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1))
        first = self.days.on_or_after(date(year, month, 1))
        name = f"{year}-{month:02d}"
        yield self._monthly(last, f"Salaries {name}", ("6000", "41386.40"), ("2300", "-41386.40"))
        yield self._monthly(last, f"Salaries paid {name}", ("2300", "41386.40"), ("1000", "-41386.40"))
        yield self._monthly(first, f"Rent {name}", ("6100", "6480.00"), ("1000", "-6480.00"))
        yield self._monthly(last, f"Depreciation {name}", ("6700", "1520.83"), ("0450", "-1520.83"))
        yield self._monthly(first, f"Loan repaid {name}", ("2100", "10000.00"), ("1000", "-10000.00"))
        accrued = str(self.chance.amount(3.0, 3.9))
        yield self._monthly(last, f"Accrued services {name}", ("6500", accrued), ("2400", f"-{accrued}"))
        if month < 12:
            after = self.days.on_or_after(last + timedelta(days=1))
            yield self._monthly(after, f"Accrual {name} reversed", ("6500", f"-{accrued}"), ("2400", accrued))

    def _monthly(self, day: date, description: str, *amounts: tuple[str, str]) -> BookEntry:
        reference = self._reference("GEN")
        return self.entry("GEN", day, description, reference, "", *((code, Decimal(text)) for code, text in amounts))

    def _reference(self, kind: str) -> str:
        self._references += 1
        return f"{kind}{self._references:07d}"
