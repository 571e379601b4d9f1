"""A company's year of books, made up from a seed, and what was planted in them.

Only `Random.random` is asked, which Python promises to keep, and amounts are computed in decimals: the same seed gives
the same books on any machine. The amounts follow Benford's law but for what is planted. Some entries look like
anomalies and are none, as in any books: a loan repaid in round amounts, an accrual that is reversed in the next month.
"""

from collections.abc import Mapping
from dataclasses import replace

from portico.apps.audit.sample.anomalies import LIMITS, MAKERS
from portico.apps.audit.sample.calendars import holidays
from portico.apps.audit.sample.chance import Chance, WorkingDays
from portico.apps.audit.sample.entries import BookEntry, Books, numbered, planted_in
from portico.apps.audit.sample.trade import ACCOUNTS, Trade

PLANTED: Mapping[str, int] = {
    "backdated": 5, "weekend_or_holiday": 5, "round_amount": 5, "just_under_limit": 5, "rare_account": 2,
    "unusual_pair": 3, "no_description": 5, "poster_is_approver": 5, "unbalanced": 2, "reversal": 3, "duplicate": 4,
    "gap": 3, "benford": 60,
}  # fmt: skip
"""How many entries of each kind are planted, where a caller says nothing else."""


def books(seed: int, lines: int, planted: Mapping[str, int] | None = None, *, year: int = 2025) -> Books:
    """A year of books with about so many lines, and so many anomalies of each kind; none of them: `planted={}`.

    Books of fewer than 600 lines have accounts and pairs that are rare without anybody's doing.
    """
    days = WorkingDays(year, holidays(year))
    trade = Trade(Chance(seed), days)
    usual = list(trade.entries(lines))
    strange: list[BookEntry] = []
    for kind, count in (PLANTED if planted is None else planted).items():
        strange += [replace(MAKERS[kind](trade, usual, number), planted=kind) for number in range(count)]
    entries = numbered([*usual, *strange])
    parameters = {"limits": [float(limit) for limit in LIMITS], "holidays": [str(day) for day in holidays(year)]}
    return Books(year, "EUR", ACCOUNTS, entries, planted_in(entries), parameters)
