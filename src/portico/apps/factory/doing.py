"""What services of all nouns need when they do something: who, when, the next number, a line in the workflow log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from portico.apps.factory.permissions import Access
from portico.kernel.database import fetch_one
from portico.kernel.transaction import Transaction

REFERENCES = (
    "workstation_id", "project_id", "component_id", "assembly_id", "piece_id", "lot_id", "work_order_id",
    "operation_id",
)  # fmt: skip


def done_by(access: Access, now: datetime) -> dict[str, Any]:
    """The columns of `tables.Done`."""
    return {"at": now, "user_id": access.user_id, "user_name": access.user_name}


async def next_number(write: Transaction, kind: str) -> int:
    """The next number of a kind in this company. Who asks at once waits for the other's end: none is left out."""
    row = await fetch_one(
        await write.connection(),
        """
        INSERT INTO factory.counters AS c (kind, last) VALUES (%(kind)s, 1)
        ON CONFLICT (company_id, kind) DO UPDATE SET last = c.last + 1 RETURNING last""",
        {"kind": kind},
    )
    assert row is not None  # noqa: S101 - an INSERT that raises nothing answers its row
    number: int = row["last"]
    return number


async def note(
    write: Transaction, access: Access, now: datetime, kind: str, /, *, details: Mapping[str, Any] | None = None,
    **about: int | None,
) -> None:  # fmt: skip
    """Add a line to the workflow log. `kind` is one of `workflow.models.EVENT_KINDS`, `about` the REFERENCES known."""
    unknown = about.keys() - set(REFERENCES)
    if unknown:
        raise TypeError(f"No references of the workflow log: {', '.join(sorted(unknown))}")
    values = {**dict.fromkeys(REFERENCES), **about, **done_by(access, now), "kind": kind}
    await (await write.connection()).execute(INSERT, {**values, "details": Jsonb(dict(details or {}))})


_COLUMNS = ("kind", "at", "user_id", "user_name", *REFERENCES, "details")
INSERT = f"""
    INSERT INTO factory.events ({", ".join(_COLUMNS)}) VALUES ({", ".join(f"%({name})s" for name in _COLUMNS)})"""
