"""Which column of a table is what: for CSV and sheets, which say so only in words of their own."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Column = Literal[
    "date", "journal", "number", "account", "account_name", "debit", "credit", "amount", "side", "description",
    "poster", "approver", "reference", "party", "document_date", "entered_on",
]  # fmt: skip
Header = Annotated[str, Field(min_length=1, max_length=200)]

# What ledgers call their columns, in small letters. The first one that a table has is taken.
USUAL: dict[Column, tuple[str, ...]] = {
    "date": ("date", "posting date", "posted on", "posting_date", "booking date", "transaction date", "buchungsdatum",
             "ecrituredate", "valutadatum", "dato", "bilagsdato", "data", "fecha", "value date"),
    "journal": ("journal", "journal id", "journal code", "book", "journalcode", "diario"),
    "number": ("number", "entry number", "voucher", "voucher number", "transaction id", "document number", "entry",
               "belegnummer", "bilagsnr", "ecriturenum", "journal entry", "entry no", "no"),
    "account": ("account", "account number", "account code", "account id", "gl account", "konto", "kontonummer",
                "comptenum", "cuenta"),
    "account_name": ("account name", "account_name", "account description", "kontobezeichnung", "kontonavn",
                     "comptelib"),
    "debit": ("debit", "debit amount", "soll", "debet", "debe"),
    "credit": ("credit", "credit amount", "haben", "kredit", "haber"),
    "amount": ("amount", "signed amount", "betrag", "beløp", "belop", "montant", "importe"),
    "side": ("side", "debit/credit", "debit credit indicator", "debit/credit indicator", "dr/cr", "cr/dr", "drcr",
             "d/c", "c/d", "soll/haben", "s/h", "soll/haben-kennzeichen", "sens"),
    "description": ("description", "text", "memo", "details", "narrative", "buchungstext", "beskrivelse",
                    "ecriturelib", "purpose"),
    "poster": ("poster", "posted by", "user", "user id", "created by", "prepared by", "entered by", "source id"),
    "approver": ("approver", "approved by", "released by", "authorised by", "authorized by"),
    "reference": ("reference", "reference number", "ref", "invoice number", "referenz", "pieceref", "referanse"),
    "party": ("party", "customer", "supplier", "vendor", "counterparty", "partner", "compauxnum", "name"),
    "document_date": ("document date", "document_date", "invoice date", "belegdatum", "piecedate"),
    "entered_on": ("entered on", "entered_on", "entry date", "created on", "created at", "system entry date",
                   "erfassungsdatum", "validdate"),
}  # fmt: skip


class Declared(BaseModel):
    """Control totals that the client has given beside the file."""

    model_config = ConfigDict(extra="forbid")

    entries: int | None = Field(None, ge=0)
    debit: Decimal | None = None
    credit: Decimal | None = None


class Mapping(BaseModel):
    """How a table is read. What is absent is taken from the table's first rows, where they are clear about it."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[Column, Header] = Field(
        default_factory=dict, description="The heading of each column; by usual headings where this is empty."
    )
    decimal: Literal[".", ","] | None = Field(None, description="What stands before the cents.")
    date_order: Literal["ymd", "dmy", "mdy"] | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: Annotated[str, Field(max_length=40)] | None = None
    sheet: Annotated[str, Field(max_length=100)] | None = Field(None, description="The first one, where it is absent.")
    header_row: Annotated[int, Field(ge=1, le=100)] = 1
    footer_rows: Annotated[
        int, Field(ge=0, le=100, description="So many at the end are totals or remarks; empty ones do not count.")
    ] = 0
    declared: Declared = Field(default_factory=Declared)


class UnknownColumns(Exception):
    """`reason` says which columns are missing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def placed(mapping: Mapping, headings: Sequence[str], *, kind: str) -> dict[Column, int]:
    """Where each column is, counted from 0. Raises `UnknownColumns`."""
    where = {" ".join(heading.split()).casefold(): place for place, heading in reversed(list(enumerate(headings)))}
    found: dict[Column, int] = {}
    for column, names in USUAL.items():
        if mapping.columns:
            names = (mapping.columns[column],) if column in mapping.columns else ()
        places = [where[key] for name in names if (key := " ".join(name.split()).casefold()) in where]
        if places:
            found[column] = places[0]
        elif column in mapping.columns:
            raise UnknownColumns(f"there is no column called {mapping.columns[column]!r}, but {_listed(headings)}")
    _require(found, kind, headings)
    return found


def _require(found: dict[Column, int], kind: str, headings: Sequence[str]) -> None:
    missing: list[str] = [name for name in ("date", "account") if name not in found]
    if kind != "general" and "account" in missing:
        missing.remove("account")
    if not ({"amount", "debit", "credit"} & found.keys()):
        missing.append("amount")
    if missing:
        raise UnknownColumns(f"name the columns of: {', '.join(missing)}; there are {_listed(headings)}")


def _listed(headings: Sequence[str]) -> str:
    """Who has told the wrong delimiter or row of headings sees it by them."""
    shown = ", ".join(repr(heading[:40]) for heading in headings[:30] if heading)
    return shown or "no headings in this row"
