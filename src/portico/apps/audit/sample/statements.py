"""What others say of the same year: the bank, and the tax office. Both agree with the books but for what is planted."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

from portico.apps.audit.sample.chance import Chance
from portico.apps.audit.sample.entries import Books

BANK_ACCOUNT = "1000"
FEE, TRANSPOSED, OFF_BY = Decimal("-148.50"), Decimal("27.00"), Decimal("0.40")
OUTSTANDING, GROUPED = 2, 3
CREDIT_RATE = Decimal("0.03")
"""Of an invoice, withheld by the customer and credited by the tax office."""


@dataclass(frozen=True)
class Row:
    """One line of a statement; money that comes in is positive."""

    on: date
    reference: str
    text: str
    amount: Decimal


@dataclass(frozen=True)
class Difference:
    """What was planted between a statement and the books."""

    statement: str
    what: str
    reference: str
    amount: Decimal


@dataclass(frozen=True)
class Statement:
    rows: Sequence[Row]
    planted: Sequence[Difference]


def bank_statement(books: Books) -> Statement:
    """The movements of the bank account, each on its day or one later, with five differences."""
    booked = [
        Row(entry.posted_on, line.reference, line.description, line.amount)
        for entry in books.entries if not entry.planted
        for line in entry.lines if line.account == BANK_ACCOUNT
    ]  # fmt: skip
    booked.sort(key=lambda row: (row.on, row.reference))
    rows = [replace(row, on=row.on + timedelta(days=number % 2)) for number, row in enumerate(booked)]
    planted = list(_differ(rows))
    rows.sort(key=lambda row: row.on)
    return Statement(rows, planted)


def _differ(rows: list[Row]) -> Iterator[Difference]:
    """Take rows out, change them and add some, and say so."""
    name = "bank statement"
    for row in [each for each in rows[-60:] if each.amount < 0][:OUTSTANDING]:
        rows.remove(row)
        yield Difference(name, "in the books alone: a payment that the bank has not made", row.reference, row.amount)
    fee = Row(rows[len(rows) // 2].on, "FEE-06", "Account fees of the half-year", FEE)
    rows.append(fee)
    yield Difference(name, "on the statement alone: fees that are not booked", fee.reference, fee.amount)
    place = next(number for number, row in enumerate(rows) if number > 100 and row.amount > 100)
    rows[place] = replace(rows[place], amount=rows[place].amount + TRANSPOSED)
    yield Difference(name, "another amount: two digits are swapped", rows[place].reference, TRANSPOSED)
    place = next(number for number, row in enumerate(rows) if number > 200 and row.amount < -100)
    rows[place] = replace(rows[place], amount=rows[place].amount - OFF_BY)
    yield Difference(name, "another amount: rounded by the bank", rows[place].reference, -OFF_BY)
    deposit = [row for row in rows[300:] if row.amount > 0][:GROUPED]
    for row in deposit:
        rows.remove(row)
    whole = Row(deposit[-1].on, "DEPOSIT-1", "Deposit of cheques", sum((row.amount for row in deposit), Decimal(0)))
    rows.append(whole)
    yield Difference(name, f"one line for {GROUPED} receipts", whole.reference, whole.amount)


def tax_credits(year: int) -> tuple[Statement, list[Row]]:
    """The tax office's statement of credits for tax that customers withheld; and the client's receivable ledger."""
    chance = Chance(year)
    ledger = [
        Row(date(year, month, 10 + 5 * half), f"TC-{year}-{month:02d}{half}", f"Withheld by C{month:04d}",
            (chance.amount(3.2, 4.4) * CREDIT_RATE).quantize(Decimal("0.01")))
        for month in range(1, 13) for half in (1, 2)
    ]  # fmt: skip
    name, rows = "tax-credit statement", list(ledger)
    refused, missing = rows.pop(17), rows.pop(4)
    wrong = replace(rows[9], amount=rows[9].amount + Decimal("90.00"))
    rows[9] = wrong
    extra = Row(date(year, 12, 29), f"TC-{year}-R1", "Credit of the year before", Decimal("412.75"))
    rows.append(extra)
    return Statement(rows, (
        Difference(name, "in the ledger alone: refused by the tax office", refused.reference, refused.amount),
        Difference(name, "in the ledger alone: not credited yet", missing.reference, missing.amount),
        Difference(name, "another amount", wrong.reference, Decimal("90.00")),
        Difference(name, "on the statement alone: not booked", extra.reference, extra.amount),
    )), ledger  # fmt: skip


def as_csv(rows: Iterable[Row]) -> bytes:
    """With the headings that an import knows by itself."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("date", "number", "reference", "description", "amount"))
    for number, row in enumerate(rows, start=1):
        writer.writerow((row.on, number, row.reference, row.text, row.amount))
    return out.getvalue().encode()
