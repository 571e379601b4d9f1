"""SAF-T Financial: the OECD's Standard Audit File for Tax, and what countries have made of it.

Elements are known by their local names, since each country has a namespace of its own. The file is read as a stream:
no DTD, no entities, nothing from the network, and never more than one transaction in memory.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import IO, Any

from lxml import etree  # type: ignore[import-untyped]  # it has no annotations

from portico.apps.audit.ledgers import cells
from portico.apps.audit.ledgers.cells import Unreadable
from portico.apps.audit.ledgers.copied import Written

LINES = frozenset(("Line", "TransactionLine", "DebitLine", "CreditLine"))
ACCOUNTS = frozenset(("Account", "GeneralLedger"))
HOLDERS = frozenset(("GeneralLedgerAccounts", "MasterFiles"))
TOTALS = {"NumberOfEntries": "entries", "TotalDebit": "debit", "TotalCredit": "credit"}
# What may be many, and is of no use here: dropped as soon as it has been read.
UNUSED = (
    "Customer", "Supplier", "TaxTableEntry", "UOMTableEntry", "AnalysisTypeTableEntry", "MovementTypeTableEntry",
    "Product", "PhysicalStockEntry", "Owner", "Asset", "Invoice", "Payment", "StockMovement", "WorkDocument",
    "AssetTransaction",
)  # fmt: skip
TAGS = tuple(
    f"{{*}}{name}" for name in (*ACCOUNTS, *TOTALS, *UNUSED, "AuditFile", "Header", "Transaction")
)  # fmt: skip
NOTHING = Decimal(0)


def read_saft(file: IO[bytes], written: Written, progress: Callable[[], None]) -> dict[str, Any]:
    """Read all of a file; answers what its header declares. Raises `Unreadable`."""
    reader = _Reader(written)
    try:
        for element in _elements(file):
            reader.take(element)
            progress()
    except etree.XMLSyntaxError as error:
        if not error.lineno:  # libxml2 had no memory left to say what is wrong
            raise MemoryError from None
        raise Unreadable(f"this is no well-formed XML: {error.msg}", error.lineno) from None
    return reader.declared


class _Reader:
    def __init__(self, written: Written) -> None:
        self.declared: dict[str, Any] = {}
        self._written = written
        self._codes: set[str] = set()

    def take(self, element: Any) -> None:
        name = _local(element)
        try:
            if name == "Transaction":
                self._transaction(element)
            elif name in ACCOUNTS:
                self._account(element)
            elif name in TOTALS:
                self._total(name, element)
                return  # it belongs to what holds the journals
            elif name == "Header":
                self._header(element)
        except Unreadable as error:
            raise Unreadable(error.reason, error.line or element.sourceline) from None
        _drop(element)

    def _header(self, header: Any) -> None:
        found = {_local(each): _text(each) for each in header.iter(etree.Element)}
        self.declared["currency"] = found.get("DefaultCurrencyCode") or found.get("CurrencyCode") or ""
        self.declared["year"] = (
            found.get("FiscalYear") or found.get("PeriodStartYear") or found.get("SelectionStartDate", "")[:4]
        )

    def _total(self, name: str, element: Any) -> None:
        if _local(element.getparent()) == "GeneralLedgerEntries":
            self.declared[TOTALS[name]] = _number(element) if name == "NumberOfEntries" else str(_amount(element))

    def _account(self, account: Any) -> None:
        if _local(account.getparent()) not in HOLDERS:
            return  # of that name there are others, such as accounts at a bank
        parts = _children(account)
        code = _text(parts.get("AccountID"))
        if not code:
            raise Unreadable("an account has no AccountID")
        if code in self._codes:
            raise Unreadable(f"account {code} is there twice")
        self._codes.add(code)
        # Portugal lists sums of accounts (GR, GA) among them: nothing is booked there that could give their balances.
        is_sum = not (_text(parts.get("GroupingCategory")) or "GM").endswith("M")
        opening, closing = (None if is_sum else _balance(parts, moment) for moment in ("Opening", "Closing"))
        self._written.account(code, _text(parts.get("AccountDescription")), opening, closing)

    def _transaction(self, transaction: Any) -> None:
        parts = _children(transaction)
        number = _text(parts.get("TransactionID"))
        if not number:
            raise Unreadable("a transaction has no TransactionID")
        document_date = _day(parts.get("TransactionDate"))
        description = _text(parts.get("Description"))
        entry = self._written.entry(
            journal=_journal_of(transaction), number=number, period=_text(parts.get("Period")),
            posted_on=_day(parts.get("GLPostingDate")) or document_date, document_date=document_date,
            entered_on=_day(parts.get("SystemEntryDate")), poster=_text(parts.get("SourceID")),
            approver=_text(parts.get("ApprovedBy")) or _text(parts.get("ApproverID")), description=description,
        )  # fmt: skip
        for line in _lines(transaction):
            self._line(entry, line)

    def _line(self, entry: int, line: Any) -> None:
        parts = _children(line)
        account = _text(parts.get("AccountID"))
        if not account:
            raise Unreadable("a line has no AccountID", line.sourceline)
        debit, credit = _amount(parts.get("DebitAmount")), _amount(parts.get("CreditAmount"))
        if debit is None and credit is None:
            raise Unreadable("a line has neither DebitAmount nor CreditAmount", line.sourceline)
        self._written.line(
            entry, account, debit or NOTHING, credit or NOTHING, description=_text(parts.get("Description")),
            reference=_text(parts.get("ReferenceNumber")) or _text(parts.get("SourceDocumentID")),
            party=_text(parts.get("CustomerID")) or _text(parts.get("SupplierID")),
        )  # fmt: skip


def _elements(file: IO[bytes]) -> Iterator[Any]:
    """Elements that have been read whole. Raises `Unreadable` for a DTD, and for XML of another kind."""
    events = etree.iterparse(
        file, events=("start", "end"), tag=TAGS, resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    is_known = False
    for event, element in events:
        if not is_known:
            info = element.getroottree().docinfo
            if info.doctype:
                raise Unreadable("the file has a document type declaration (DTD)", 1)
            if _local(element.getroottree().getroot()) != "AuditFile":
                raise Unreadable("this is no SAF-T: its root is no AuditFile", 1)
            is_known = True
        if event == "end" and _local(element) != "AuditFile":
            yield element
    if not is_known:
        raise Unreadable("this is no SAF-T: its root is no AuditFile", 1)


def _lines(transaction: Any) -> Iterator[Any]:
    for child in transaction:
        name = _local(child)
        if name in LINES:
            yield child
        elif name == "Lines":
            yield from (each for each in child if _local(each) in LINES)


def _journal_of(transaction: Any) -> str:
    parent = transaction.getparent()
    return next((_text(each) for each in parent if _local(each) == "JournalID"), "")


def _balance(parts: dict[str, Any], moment: str) -> Decimal | None:
    debit, credit = _amount(parts.get(f"{moment}DebitBalance")), _amount(parts.get(f"{moment}CreditBalance"))
    return None if debit is None and credit is None else (debit or NOTHING) - (credit or NOTHING)


def _children(element: Any) -> dict[str, Any]:
    return {_local(child): child for child in element}


def _local(element: Any) -> str:
    name: str = element.tag
    return name[name.rfind("}") + 1 :]


def _text(element: Any) -> str:
    return "" if element is None else (element.text or "").strip()


def _amount(element: Any) -> Decimal | None:
    """Some countries write the amount into the element, others into one below it."""
    if element is None:
        return None
    below = _children(element).get("Amount")
    try:
        return cells.amount(_text(element if below is None else below))
    except Unreadable as error:
        raise Unreadable(error.reason, element.sourceline) from None


def _number(element: Any) -> int:
    text = _text(element)
    if not (text.isascii() and text.isdigit()):
        raise Unreadable(f"{text[:40]!r} is no number of entries", element.sourceline)
    return int(text)


def _day(element: Any) -> date | None:
    if element is None:
        return None
    try:
        return cells.day(_text(element))
    except Unreadable as error:
        raise Unreadable(error.reason, element.sourceline) from None


def _drop(element: Any) -> None:
    parent = element.getparent()
    element.clear()
    if parent is not None:
        parent.remove(element)
