"""What was planted in the sample company, as a list: for the vault, and for the documentation."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from portico.apps.audit.sample.entries import Books
from portico.apps.audit.sample.statements import Difference


def planted_list(books: Books, differences: Iterable[Difference]) -> bytes:
    """Every planted entry with the test that is to find it, and every planted difference of a statement."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("kind", "journal", "number", "what", "amount"))
    by_number = {(entry.journal, entry.number): entry for entry in books.entries}
    for one in books.planted:
        entry = by_number[one.journal, one.number]
        writer.writerow((one.test, one.journal, one.number, entry.description or "(no description)", entry.debit))
    for each in differences:
        writer.writerow(("reconciliation", each.statement, each.reference, each.what, each.amount))
    return out.getvalue().encode()


def told(books: Books, differences: Sequence[Difference]) -> list[str]:
    """The same in sentences, as `portico seed audit` says it."""
    counts: dict[str, int] = {}
    for one in books.planted:
        counts[one.test] = counts.get(one.test, 0) + 1
    kinds = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    return [
        f"Planted in {len(books.entries):,} entries of {books.year}: {kinds}.",
        f"Planted between statements and books: {len(differences)} differences. Each is on the list in the vault, "
        "“What was planted”, and in docs/audit-planted.md.",
    ]
