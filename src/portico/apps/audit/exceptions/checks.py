"""Checks of an imported ledger: do its totals say what its lines do? Each is a statement as in `entry_tests`."""

from dataclasses import dataclass
from typing import LiteralString

from portico.apps.audit.exceptions.entry_tests import UNBALANCED
from portico.apps.audit.exceptions.series_tests import GAP

DECLARED: LiteralString = """
    SELECT NULL::int AS entry, NULL::int AS line,
           format('The file declares %%s as its %%s; there are %%s.', declared ->> what, named, computed ->> what)
               AS why,
           jsonb_build_object('what', what, 'declared', declared ->> what, 'computed', computed ->> what) AS details
    FROM audit.ledgers
    CROSS JOIN (VALUES ('entries', 'number of entries'), ('debit', 'total debit'), ('credit', 'total credit'))
        AS w(what, named)
    WHERE id = %(ledger)s AND declared ->> what IS NOT NULL
      AND (declared ->> what)::numeric <> (computed ->> what)::numeric"""

JOURNAL_BALANCE: LiteralString = """
    SELECT NULL::int AS entry, NULL::int AS line,
           format('In journal %%s debit less credit is %%s.', e.journal, sum(n.amount)) AS why,
           jsonb_build_object('journal', e.journal, 'balance', sum(n.amount)) AS details
    FROM audit.lines AS n JOIN audit.entries AS e ON e.ledger_id = n.ledger_id AND e.position = n.entry
    WHERE n.ledger_id = %(ledger)s AND %(kind)s = 'general' GROUP BY e.journal HAVING sum(n.amount) <> 0"""

LEDGER_BALANCE: LiteralString = """
    SELECT NULL::int AS entry, NULL::int AS line, format('In all, debit less credit is %%s.', sum(amount)) AS why,
           jsonb_build_object('balance', sum(amount)) AS details
    FROM audit.lines WHERE ledger_id = %(ledger)s AND %(kind)s = 'general' HAVING sum(amount) <> 0"""

ROLL_FORWARD: LiteralString = """
    SELECT NULL::int AS entry, NULL::int AS line,
           format('Account %%s: opening %%s and movements of %%s are not its closing balance, %%s.', a.code, a.opening,
                  coalesce(m.balance, 0), a.closing) AS why,
           jsonb_build_object('account', a.code, 'opening', a.opening, 'movements', coalesce(m.balance, 0),
                              'closing', a.closing, 'difference', a.closing - a.opening - coalesce(m.balance, 0))
               AS details
    FROM audit.accounts AS a
    LEFT JOIN (SELECT account, sum(amount) AS balance FROM audit.lines WHERE ledger_id = %(ledger)s GROUP BY account)
        AS m ON m.account = a.code
    WHERE a.ledger_id = %(ledger)s AND a.opening + coalesce(m.balance, 0) <> a.closing"""

KNOWN_ACCOUNTS: LiteralString = """
    SELECT min(entry) AS entry, min(position) AS line,
           format('Account %%s is booked on and is not among the accounts of the file.', account) AS why,
           jsonb_build_object('account', account, 'lines', count(*), 'balance', sum(amount)) AS details
    FROM audit.lines AS n
    WHERE ledger_id = %(ledger)s
      AND NOT EXISTS (SELECT FROM audit.accounts AS a WHERE a.ledger_id = %(ledger)s AND a.code = n.account)
    GROUP BY account"""


@dataclass(frozen=True, kw_only=True)
class Check:
    """`tests` says what is counted as tested; `only`, of which kind of ledger alone it can be asked."""

    name: str
    rule: str
    statement: LiteralString
    tests: str = "entries"
    only: str | None = None


CHECKS = (
    Check(name="declared_totals", statement=DECLARED, tests="totals",
          rule="The number of entries and the totals of debit and credit are those that the file declares."),
    Check(name="entry_balance", statement=UNBALANCED, tests="numbered", only="general",
          rule="In each entry debit is equal to credit, where entries have numbers."),
    Check(name="journal_balance", statement=JOURNAL_BALANCE, tests="journals", only="general",
          rule="In each journal debit is equal to credit."),
    Check(name="ledger_balance", statement=LEDGER_BALANCE, tests="ledger", only="general",
          rule="In the whole ledger debit is equal to credit."),
    Check(name="roll_forward", statement=ROLL_FORWARD, tests="balances",
          rule="Of each account the opening balance and its lines give the closing balance."),
    Check(name="number_gaps", statement=GAP, tests="numbered",
          rule="No number is missing in a journal, or in the ledger where numbers run through all journals."),
    Check(name="known_accounts", statement=KNOWN_ACCOUNTS, tests="accounts",
          rule="Every account that is booked on is among the accounts of the file."),
)  # fmt: skip
BY_NAME = {check.name: check for check in CHECKS}
