"""Made-up books: entries with their lines, and which of them were planted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class BookAccount:
    code: str
    name: str
    opening: Decimal = Decimal(0)  # debit positive


@dataclass(frozen=True, slots=True)
class BookLine:
    account: str
    amount: Decimal  # debit positive, credit negative
    description: str = ""
    reference: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True)
class BookEntry:
    journal: str
    number: str
    posted_on: date
    document_date: date
    entered_on: date
    poster: str
    approver: str
    description: str
    lines: tuple[BookLine, ...]
    planted: str = ""
    """The test that is to find it; empty for an entry like all others."""
    skip: int = 0
    """How many numbers are missing before it."""

    @property
    def debit(self) -> Decimal:
        return sum((line.amount for line in self.lines if line.amount > 0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Planted:
    """An entry that was planted, and the test that is to find it."""

    test: str
    journal: str
    number: str


@dataclass(frozen=True)
class Books:
    """`entries` in the order of a file: by journal, then by number. `parameters` are what tests compare with."""

    year: int
    currency: str
    accounts: tuple[BookAccount, ...]
    entries: tuple[BookEntry, ...]
    planted: tuple[Planted, ...]
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def lines(self) -> int:
        return sum(len(entry.lines) for entry in self.entries)

    @property
    def debit(self) -> Decimal:
        return sum((entry.debit for entry in self.entries), Decimal(0))

    @property
    def credit(self) -> Decimal:
        return -sum((line.amount for entry in self.entries for line in entry.lines if line.amount < 0), Decimal(0))

    def closing(self) -> dict[str, Decimal]:
        """The balance of each account at the end of the year."""
        balances = defaultdict(Decimal, {account.code: account.opening for account in self.accounts})
        for entry in self.entries:
            for line in entry.lines:
                balances[line.account] += line.amount
        return dict(balances)


def numbered(entries: Iterable[BookEntry]) -> tuple[BookEntry, ...]:
    """Entries by journal and date, with numbers that have no gaps but those that are planted."""
    found, last = [], defaultdict(int)  # type: ignore[var-annotated]  # of text to int
    for entry in sorted(entries, key=lambda each: (each.journal, each.posted_on)):
        last[entry.journal] += 1 + entry.skip
        found.append(replace(entry, number=f"{entry.journal}-{last[entry.journal]:06d}"))
    return tuple(found)


def planted_in(entries: Iterable[BookEntry]) -> tuple[Planted, ...]:
    return tuple(Planted(each.planted, each.journal, each.number) for each in entries if each.planted)
