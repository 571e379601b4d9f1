"""What a cut plan is asked for: pieces of projects and lengths, gathered into one list of parts of one profile."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portico.apps.factory.cut_plans import reads
from portico.apps.factory.cut_plans.problem import MOST_PARTS
from portico.kernel.database import Connection, Row
from portico.kernel.errors import InvalidInput


@dataclass(frozen=True)
class Wanted:
    length: Decimal
    label: str = ""
    piece_id: int | None = None
    barcode: str = ""

    def told(self) -> dict[str, Any]:
        """As it stands in a plan."""
        known = {"piece_id": self.piece_id, "barcode": self.barcode, "label": self.label}
        return {"length": float(self.length), **{name: value for name, value in known.items() if value}}


async def gathered(connection: Connection, profile: str, asked: Sequence[dict[str, Any]]) -> tuple[str, list[Wanted]]:
    """The profile, and each part. Raises `InvalidInput`, with the places of what cannot be planned."""
    if sum(each["qty"] for each in asked) > MOST_PARTS:
        raise InvalidInput(details={"pieces": f"must be {MOST_PARTS} at the most, quantities counted"})
    ids = [each["piece_id"] for each in asked if each["piece_id"] is not None]
    barcodes = [each["barcode"] for each in asked if each["barcode"] is not None]
    found = await reads.pieces(connection, ids, barcodes) if ids or barcodes else []
    known: dict[int | str, Row] = {row["id"]: row for row in found} | {row["barcode"]: row for row in found}
    profile = profile or next((row["profile"] for row in found if row["profile"]), "")
    wanted: list[Wanted] = []
    flaws: dict[str, str] = {}
    seen: set[int] = set()
    for place, each in enumerate(asked):
        if each["length"] is not None:
            wanted += [Wanted(each["length"], each["label"])] * each["qty"]
            continue
        row = known.get(each["piece_id"] or each["barcode"])
        flaw = "is no piece" if row is None else _flaw(row, profile, seen)
        if row is None or flaw is not None:
            flaws[f"pieces.{place}"] = flaw or ""
            continue
        seen.add(row["id"])
        wanted.append(Wanted(row["outer_length"], piece_id=row["id"], barcode=row["barcode"]))
    if flaws:
        raise InvalidInput(details=flaws)
    return profile, wanted


def _flaw(row: Row, profile: str, seen: set[int]) -> str | None:
    """Why this piece cannot be in the plan; None where it can."""
    if row["id"] in seen:
        return f"names the piece {row['barcode']} again"
    if row["state"] != "planned":
        return f"the piece {row['barcode']} is {row['state'].replace('_', ' ')}"
    if row["bar_id"]:
        return f"the piece {row['barcode']} is planned on bar {row['bar_id']}"
    if row["outer_length"] is None or row["outer_length"] <= 0:
        return f"the piece {row['barcode']} has no outer length"
    if row["profile"] != profile:
        return f"the piece {row['barcode']} is of another profile: {row['profile'] or 'none'}"
    return None
