"""The files of the sample company, as its people and the auditors upload them."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from portico.apps.audit.sample.book_files import write_saft
from portico.apps.audit.sample.books import books
from portico.apps.audit.sample.entries import Books
from portico.apps.audit.sample.planted import planted_list, told
from portico.apps.audit.sample.statements import Difference, as_csv, bank_statement, tax_credits

SEED, YEAR, LINES = 7, 2025, 4000
"""Of the books: always the same, so that the documentation can name what was planted."""
HERE = Path(__file__).parent
# What the printed papers in `files` say: a heading, and sentences.
POLICY = (
    "Approval of entries and payments",
    "1. Each journal entry is approved by the financial controller or the chief financial officer.",
    "2. Entries and payments of 10 000 EUR and more are approved by both.",
    "3. Who has posted an entry does not approve it.",
    "4. Entries are made within five working days. Later ones are explained in their description.",
)
CONTRACT = (
    "Loan agreement",
    "Lender: Bank of the Harbour. Borrower: Nordhavn Trading.",
    "Principal 480 000 EUR, repaid in monthly instalments of 10 000 EUR, the last one in December 2028.",
    "Covenant: equity of at least 25 % of the balance sheet total at the end of each year.",
)
LEAVERS = (
    "Accounts of leavers, as the directory had them",
    "m.silva: left on 31 March 2025, account locked on 31 March 2025.",
    "p.holm: left on 30 June 2025, account locked on 14 August 2025.",
    "t.krag: left on 30 September 2025, account not locked.",
)
CHANGES = (
    "Changes of the ledger system, July to December 2025",
    "CHG-101: new tax codes. Approved 2 July, tested by j.novak, live 7 July.",
    "CHG-117: approval limit raised to 12 000. No approval on file, live 12 September.",
    "CHG-121: interface to the bank. Approved 3 November, tested by its author, live 10 November.",
)
RETEST = (
    "Accounts of leavers, looked at again",
    "All accounts of people who left since October were locked on their last day: 4 of 4.",
    "t.krag is locked.",
)


@dataclass(frozen=True)
class Paper:
    """A file, and what it is called."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Papers:
    files: dict[str, Paper]
    """By a short name."""
    books: Books
    notes: Sequence[str]
    """What was planted, in sentences."""


def papers() -> Papers:
    """All of them. It computes for a second or less: have a thread do it."""
    year = books(SEED, LINES, year=YEAR)
    bank = bank_statement(year)
    credits, receivable = tax_credits(YEAR)
    differences: list[Difference] = [*bank.planted, *credits.planted]
    saft = StringIO()
    write_saft(year, saft)
    return Papers(
        {
            "ledger": Paper("general-ledger-2025.xml", saft.getvalue().encode()),
            "bank": Paper("bank-statement-2025.csv", as_csv(bank.rows)),
            "credits": Paper("tax-credit-statement-2025.csv", as_csv(credits.rows)),
            "receivable": Paper("tax-credit-ledger-2025.csv", as_csv(receivable)),
            "planted": Paper("what-was-planted.csv", planted_list(year, differences)),
            "policy": _file("approval-policy.pdf"),
            "contract": _file("loan-agreement.pdf"),
            "leavers": _file("leavers.pdf"),
            "changes": _file("changes.pdf"),
            "retest": _file("leavers-again.pdf"),
        },
        year, told(year, differences),
    )  # fmt: skip


def _file(name: str) -> Paper:
    return Paper(name, (HERE / "files" / name).read_bytes())
