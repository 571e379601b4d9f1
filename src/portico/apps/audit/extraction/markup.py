"""XML without entities, DTD and network: of an audit file (SAF-T) what it declares and holds, of others the texts."""

from collections import Counter
from typing import IO, Any

from lxml import etree  # type: ignore[import-untyped]  # it has no annotations

from portico.apps.audit.extraction.findings import Findings, Unreadable

MOST_TEXTS = 5000
DEEPEST = 100
COUNTED = {
    "Account": "accounts", "Customer": "customers", "Supplier": "suppliers", "Journal": "journals",
    "Transaction": "entries", "Line": "lines", "TransactionLine": "lines",
}  # fmt: skip
DECLARED = {
    "CompanyName": "company", "Name": "company", "TaxRegistrationNumber": "tax_number", "FiscalYear": "fiscal_year",
    "SelectionStartDate": "from", "SelectionEndDate": "to", "StartDate": "from", "EndDate": "to",
    "DefaultCurrencyCode": "currency", "CurrencyCode": "currency", "AuditFileVersion": "version",
    "NumberOfEntries": "entries", "TotalDebit": "debit", "TotalCredit": "credit",
}  # fmt: skip
WHERE_DECLARED = {"Header", "Company", "SelectionCriteria", "GeneralLedgerEntries"}


def read(file: IO[bytes], extension: str, findings: Findings) -> None:
    """Raises `Unreadable`."""
    reading = _Reading(findings)
    parser = etree.iterparse(
        file, events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for event, element in parser:
            reading.begin(element) if event == "start" else reading.end(element)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"It is no XML that can be read: line {error.lineno}.") from None
    reading.tell()


class _Reading:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._path: list[str] = []
        self._counts: Counter[str] = Counter()
        self._declared: dict[str, str] = {}
        self._texts: list[str] = []
        self._elements = 0
        self._root = ""

    def begin(self, element: Any) -> None:
        name = _local(element)
        if not self._path:
            self._root = name
            if element.getroottree().docinfo.internalDTD is not None:
                raise Unreadable("It brings a document type of its own, which is not read.")
        self._path.append(name)
        self._elements += 1
        if len(self._path) > DEEPEST:
            raise Unreadable(f"Its elements stand in one another more than {DEEPEST} times.")

    def end(self, element: Any) -> None:
        name = self._path.pop()
        text = (element.text or "").strip()
        inside = self._path[-1] if self._path else ""
        if name in COUNTED:
            self._counts[COUNTED[name]] += 1
        if text and name in DECLARED and inside in WHERE_DECLARED:
            self._declared.setdefault(DECLARED[name], text[:200])
        if text and len(self._texts) < MOST_TEXTS:
            self._texts.append(f"{name}: {' '.join(text.split())}")
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]

    def tell(self) -> None:
        """Entries and lines are made rows by the import of ledgers; here are their numbers."""
        self._findings.text(1, "", "\n".join(self._texts))
        is_audit_file = self._root == "AuditFile"
        self._findings.numbers |= {"root": self._root[:200], "elements": self._elements}
        if is_audit_file:
            self._findings.numbers |= {"format": "SAF-T", "declared": self._declared, "counted": dict(self._counts)}
        if len(self._texts) == MOST_TEXTS:
            self._findings.notes.append(f"The first {MOST_TEXTS:,} texts can be searched.")


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)
