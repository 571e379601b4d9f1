"""What each kind of label says, in which order, and how large it is. Lengths are in millimetres."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from portico.apps.factory.labels.drawing import Label
from portico.kernel.database import Row

STICKER, SMALL_STICKER, CARD, SIGN = (90.0, 50.0), (70.0, 40.0), (85.6, 54.0), (105.0, 60.0)
"""Usual sizes: labels of thermal printers, a card after ISO/IEC 7810, and something to be read from afar."""


def label_of(kind: str, row: Row) -> Label:
    return CONTENTS[kind](row)


def _piece(row: Row) -> Label:
    length = f"{_plain(row['outer_length'])} mm" if row["outer_length"] is not None else ""
    angles = [f"{_plain(row[side])}°" for side in ("left_angle", "right_angle") if row[side] is not None]
    lines = [
        _joined(" · ", row["profile"], row["colour"], row["material"]),
        _joined(" ", row["component"] or row["component_code"], row["assembly"]),
        _joined(" · ", row["project"], row["customer"]),
        _joined(" · ", _place(row), f"bar {row['bar_id']}" if row["bar_id"] else ""),
    ]
    return Label(row["code"], _joined("  ", length, "/".join(angles)) or row["profile"], lines, *STICKER)


def _assembly(row: Row) -> Label:
    lines = [row["component"] or row["component_code"], _joined(" · ", row["project"], row["customer"]), _place(row)]
    return Label(row["code"], row["name"] or row["component"] or row["component_code"], lines, *STICKER)


def _component(row: Row) -> Label:
    due = f"due {row['due_on'].isoformat()}" if row["due_on"] else ""
    lines = [_joined(" · ", row["project"], row["project_name"]), row["customer"], due]
    return Label(row["code"], row["name"] or row["code"], lines, *STICKER)


def _lot(row: Row) -> Label:
    expiry = f"use by {row['expires_on'].isoformat()}" if row["expires_on"] else ""
    lines = [
        _joined(" · ", row["what"], f"{_plain(row['on_hand'])} {row['unit']}"),
        _joined(" ", row["supplier"], row["supplier_lot"]),
        _joined(" · ", f"order {row['work_order']}" if row["work_order"] else "", expiry),
    ]
    return Label(row["code"], row["name"] or row["what"], lines, *STICKER)


def _workstation(row: Row) -> Label:
    return Label(row["code"], row["name"], [row["location"], row["type"], row["company"]], *SIGN, wants_square=True)


def _user(row: Row) -> Label:
    lines = [row["role"], row["company"]]
    return Label(row["code"], row["full_name"] or row["email"], lines, *CARD, wants_square=True)


def _trolley(row: Row) -> Label:
    return Label(row["code"], row["name"] or row["code"], [row["company"]], *SMALL_STICKER)


CONTENTS: dict[str, Callable[[Row], Label]] = {
    "piece": _piece, "assembly": _assembly, "component": _component, "lot": _lot, "workstation": _workstation,
    "user": _user, "trolley": _trolley,
}  # fmt: skip


def _place(row: Row) -> str:
    return _joined(" / ", f"trolley {row['trolley']}" if row["trolley"] else "", row["cell"])


def _joined(mark: str, *parts: str) -> str:
    return mark.join(part for part in parts if part)


def _plain(number: Any) -> str:
    return f"{Decimal(number).normalize():f}"
