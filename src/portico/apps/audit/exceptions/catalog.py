"""The tests of journal entries: their rules in words, their statements, and what they compare with."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, LiteralString

from portico.apps.audit.engagements.parameters import Parameters
from portico.apps.audit.exceptions import entry_tests, series_tests


@dataclass(frozen=True, kw_only=True)
class EntryTest:
    """`rule` is a template of the parameters, whose names are `compares`."""

    name: str
    rule: str
    statement: LiteralString
    compares: tuple[str, ...] = ()

    def parameters(self, all_of_them: Parameters) -> dict[str, Any]:
        return {name: getattr(all_of_them, name) for name in self.compares}

    def in_words(self, parameters: Mapping[str, Any]) -> str:
        return self.rule.format(**{name: _written(value) for name, value in parameters.items()})


TESTS = (
    EntryTest(
        name="backdated", statement=entry_tests.BACKDATED, compares=("backdated_days",),
        rule="The entry was entered more than {backdated_days} days after the day that it counts for.",
    ),
    EntryTest(
        name="weekend_or_holiday", statement=entry_tests.WEEKEND_OR_HOLIDAY, compares=("weekend", "holidays"),
        rule="The day on which it was entered, or without one that it counts for, is a day of the weekend ({weekend}; "
             "1 is Monday) or one of the holidays: {holidays}.",
    ),
    EntryTest(
        name="round_amount", statement=entry_tests.ROUND_AMOUNT, compares=("round_step",),
        rule="The entry amounts to a multiple of {round_step}: its debits, or its credits where they are more.",
    ),
    EntryTest(
        name="just_under_limit", statement=entry_tests.JUST_UNDER_LIMIT, compares=("limits", "below_limit_percent"),
        rule="The entry amounts to less than a limit ({limits}), by {below_limit_percent} % of it at the most: its "
             "debits, or its credits where they are more.",
    ),
    EntryTest(
        name="rare_account", statement=entry_tests.RARE_ACCOUNT, compares=("rare_account_lines",),
        rule="The account of the line has at most {rare_account_lines} lines in the ledger.",
    ),
    EntryTest(
        name="unusual_pair", statement=entry_tests.UNUSUAL_PAIR, compares=("rare_pair_entries",),
        rule="An account that it debits and one that it credits meet in at most {rare_pair_entries} entries of the "
             "ledger. Entries with more than 20 accounts are left out.",
    ),
    EntryTest(
        name="no_description", statement=entry_tests.NO_DESCRIPTION, compares=("description_letters",),
        rule="Neither the entry nor any of its lines has a text of at least {description_letters} characters.",
    ),
    EntryTest(
        name="poster_is_approver", statement=entry_tests.POSTER_IS_APPROVER,
        rule="Who has posted the entry has approved it as well, whatever the capitals.",
    ),
    EntryTest(
        name="unbalanced", statement=entry_tests.UNBALANCED,
        rule="The debits of the entry are not equal to its credits. Ledgers with one side, such as a bank's, and those "
             "whose entries have no numbers pass.",
    ),
    EntryTest(
        name="reversal", statement=series_tests.REVERSAL, compares=("reversal_days",),
        rule="The entry has the same accounts and the opposite amounts of one that nothing has undone yet and that was "
             "at most {reversal_days} days before.",
    ),
    EntryTest(
        name="duplicate", statement=series_tests.DUPLICATE, compares=("duplicate_days",),
        rule="The entry has the same accounts, amounts, parties and references as an earlier one; without a reference, "
             "one of at most {duplicate_days} days before.",
    ),
    EntryTest(
        name="gap", statement=series_tests.GAP,
        rule="Numbers are missing before the entry, in its journal, or in the ledger where numbers run through all "
             "journals. Only the digits at the end of a number count.",
    ),
)  # fmt: skip
BY_NAME = {test.name: test for test in TESTS}
BENFORD = "benford"
NAMES = (*BY_NAME, BENFORD)


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_written, value)) or "none"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
