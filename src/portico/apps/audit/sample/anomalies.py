"""Anomalies that are planted in books, one kind for each test of a ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from portico.apps.audit.sample.chance import CENT
from portico.apps.audit.sample.entries import BookEntry, BookLine
from portico.apps.audit.sample.trade import CLERKS, Trade

LIMITS = (Decimal(10000), Decimal(50000))
"""From these amounts on somebody else has to approve."""
RARE = ("6900", "8900")
DEBITS, CREDITS = ("4000", "1100", "0400", "6300"), ("6000", "4100", "3000", "0450")
"""Pairs of these that nobody books on usual days."""
MADE_UP_DIGITS = 77
"""The first two digits of amounts that somebody has made up."""


def _backdated(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    entry = trade.purchase(day=trade.days.days[20 + 17 * number % 200])
    return replace(entry, entered_on=trade.days.on_or_after(entry.posted_on + timedelta(days=36 + number)))


def _at_weekend(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    day = trade.days.weekends[10 + 13 * number % 90]
    return replace(trade.purchase(day=trade.days.on_or_before(day)), entered_on=day)


def _round(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    gross = Decimal(21000 + 6000 * number)  # the entry's debits are 20 % more than its net
    return trade.purchase(gross / Decimal("1.2"))


def _under_limit(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    gross = LIMITS[number % 2] - Decimal("13.27") * (1 + number)
    return _with_gross(trade, gross)


def _rare_account(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    return trade.purchase(account=RARE[number % len(RARE)])


def _unusual_pair(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    debit, credit = DEBITS[number % 4], CREDITS[number // 4 % 4]
    amount, text = trade.chance.amount(3.0, 4.0), "Correction of the month"
    return trade.entry("GEN", None, text, f"COR{number:05d}", "", (debit, amount), (credit, -amount))


def _undescribed(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    entry = trade.purchase()
    return replace(entry, description="", lines=tuple(replace(line, description="") for line in entry.lines))


def _self_approved(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    clerk = CLERKS[number % len(CLERKS)]
    return replace(trade.purchase(), poster=clerk, approver=clerk)


def _unbalanced(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    entry = trade.purchase()
    first = entry.lines[0]
    lines: tuple[BookLine, ...] = (replace(first, amount=first.amount + Decimal("0.90")), *entry.lines[1:])
    return replace(entry, lines=lines)


def _reversal(trade: Trade, usual: Sequence[BookEntry], number: int) -> BookEntry:
    sales = [each for each in usual if each.journal == "SAL" and each.posted_on.month < 12]
    sale = sales[(37 + 101 * number) % len(sales)]
    text = f"Correction of {sale.description}"
    entry = trade.entry(
        "GEN", trade.days.on_or_after(sale.posted_on + timedelta(days=12)), text, f"REV{number:05d}", ""
    )
    return replace(entry, lines=tuple(replace(each, amount=-each.amount, description=text) for each in sale.lines))


def _duplicate(trade: Trade, usual: Sequence[BookEntry], number: int) -> BookEntry:
    bills = [each for each in usual if each.journal == "PUR" and each.posted_on.month < 11]
    bill = bills[(11 + 89 * number) % len(bills)]
    day = trade.days.on_or_after(bill.posted_on + timedelta(days=20))
    return replace(bill, posted_on=day, entered_on=day)


def _after_gap(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    return replace(trade.sale(), skip=1 + number % 2)


def _invented(trade: Trade, _: Sequence[BookEntry], number: int) -> BookEntry:
    scale = 10 ** (trade.chance.below(3) + 1)
    amount = (Decimal(MADE_UP_DIGITS * 100 + trade.chance.below(100)) / 100 * scale).quantize(CENT)
    text, party = "Consulting", f"S{trade.chance.below(90) + 1:04d}"
    return trade.entry("PUR", None, text, f"CON{number:05d}", party, ("6500", amount), ("2000", -amount))


def _with_gross(trade: Trade, gross: Decimal) -> BookEntry:
    entry = trade.purchase(gross / Decimal("1.2"))
    net = (gross / Decimal("1.2")).quantize(CENT)
    amounts = (net, gross - net, -gross)
    lines = tuple(replace(line, amount=amount) for line, amount in zip(entry.lines, amounts, strict=True))
    return replace(entry, lines=lines)


MAKERS: Mapping[str, Callable[[Trade, Sequence[BookEntry], int], BookEntry]] = {
    "backdated": _backdated,
    "weekend_or_holiday": _at_weekend,
    "round_amount": _round,
    "just_under_limit": _under_limit,
    "rare_account": _rare_account,
    "unusual_pair": _unusual_pair,
    "no_description": _undescribed,
    "poster_is_approver": _self_approved,
    "unbalanced": _unbalanced,
    "reversal": _reversal,
    "duplicate": _duplicate,
    "gap": _after_gap,
    "benford": _invented,
}
