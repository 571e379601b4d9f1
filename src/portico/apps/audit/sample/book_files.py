"""Books as files: SAF-T Financial, and CSV as ledgers are exported to."""

import csv
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import TextIO
from xml.sax.saxutils import escape

from portico.apps.audit.sample.entries import BookEntry, BookLine, Books

NAMESPACE = "urn:StandardAuditFile-Taxation-Financial:NO"
CSV_COLUMNS = (
    "journal", "number", "date", "document_date", "entered_on", "account", "account_name", "debit", "credit",
    "description", "reference", "party", "poster", "approver",
)  # fmt: skip


def write_saft(books: Books, target: TextIO) -> None:
    """SAF-T Financial with header totals and balances. Who approved stands in an element that the standard lacks."""
    target.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<AuditFile xmlns="{NAMESPACE}">\n')
    target.write(f"<Header><AuditFileVersion>1.10</AuditFileVersion><AuditFileCountry>NO</AuditFileCountry>"
                 f"<DefaultCurrencyCode>{books.currency}</DefaultCurrencyCode><SelectionCriteria>"
                 f"<SelectionStartDate>{books.year}-01-01</SelectionStartDate>"
                 f"<SelectionEndDate>{books.year}-12-31</SelectionEndDate></SelectionCriteria></Header>\n")  # fmt: skip
    target.write("<MasterFiles><GeneralLedgerAccounts>\n")
    closing = books.closing()
    for account in books.accounts:
        balances = _balance("Opening", account.opening) + _balance("Closing", closing[account.code])
        target.write(f"<Account><AccountID>{account.code}</AccountID><AccountDescription>{escape(account.name)}"
                     f"</AccountDescription><AccountType>GL</AccountType>{balances}</Account>\n")  # fmt: skip
    target.write("</GeneralLedgerAccounts></MasterFiles>\n<GeneralLedgerEntries>")
    target.write(f"<NumberOfEntries>{len(books.entries)}</NumberOfEntries><TotalDebit>{books.debit}</TotalDebit>"
                 f"<TotalCredit>{books.credit}</TotalCredit>\n")  # fmt: skip
    for journal, entries in groupby(books.entries, key=attrgetter("journal")):
        target.write(f"<Journal><JournalID>{journal}</JournalID><Description>{journal}</Description>\n")
        target.writelines(map(_transaction, entries))
        target.write("</Journal>\n")
    target.write("</GeneralLedgerEntries>\n</AuditFile>\n")


def write_csv(books: Books, target: TextIO) -> None:
    """One row for each line of each entry, under headings that an import knows."""
    rows = csv.writer(target)
    rows.writerow(CSV_COLUMNS)
    names = {account.code: account.name for account in books.accounts}
    for entry in books.entries:
        rows.writerows(_cells(entry, names))


def _balance(moment: str, amount: object) -> str:
    text = str(amount)
    side = "Credit" if text.startswith("-") else "Debit"
    return f"<{moment}{side}Balance>{text.lstrip('-')}</{moment}{side}Balance>"


def _transaction(entry: BookEntry) -> str:
    lines = "".join(_line(number, line) for number, line in enumerate(entry.lines, start=1))
    return (
        f"<Transaction><TransactionID>{entry.number}</TransactionID><Period>{entry.posted_on.month}</Period>"
        f"<PeriodYear>{entry.posted_on.year}</PeriodYear><TransactionDate>{entry.document_date}</TransactionDate>"
        f"<SourceID>{escape(entry.poster)}</SourceID><ApprovedBy>{escape(entry.approver)}</ApprovedBy>"
        f"<Description>{escape(entry.description)}</Description><SystemEntryDate>{entry.entered_on}</SystemEntryDate>"
        f"<GLPostingDate>{entry.posted_on}</GLPostingDate>{lines}</Transaction>\n"
    )


def _line(number: int, line: BookLine) -> str:
    side = "Debit" if line.amount >= 0 else "Credit"
    party = ""
    if line.party:
        name = "CustomerID" if line.party.startswith("C") else "SupplierID"
        party = f"<{name}>{escape(line.party)}</{name}>"
    return (
        f"<Line><RecordID>{number}</RecordID><AccountID>{line.account}</AccountID>{party}"
        f"<Description>{escape(line.description)}</Description><{side}Amount><Amount>{abs(line.amount)}</Amount>"
        f"</{side}Amount><ReferenceNumber>{escape(line.reference)}</ReferenceNumber></Line>"
    )


def _cells(entry: BookEntry, names: dict[str, str]) -> Iterable[tuple[object, ...]]:
    for line in entry.lines:
        debit, credit = (line.amount, "") if line.amount >= 0 else ("", -line.amount)
        yield (
            entry.journal, entry.number, entry.posted_on, entry.document_date, entry.entered_on, line.account,
            names[line.account], debit, credit, line.description, line.reference, line.party, entry.poster,
            entry.approver,
        )  # fmt: skip
