"""How far a release has come through its lifecycle: by the rules that admission goes by."""

from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from portico.apps.releases.admission import phases
from portico.apps.releases.admission import reads as admission
from portico.apps.releases.defects import reads as defects
from portico.apps.releases.releases import reads
from portico.kernel.database import Connection, Row

STAY = ("environment_id", "environment", "deployment_id", "since", "until")


async def progress(connection: Connection, release_id: int, now: datetime) -> dict[str, Any] | None:
    """The phases of a release, each with what it lacks; None where there is no such release."""
    facts = await reads.lifecycle_facts(connection, release_id)
    if facts is None:
        return None
    lifecycle_id = phases.lifecycle_of(facts)
    rows: list[Row] = []
    if lifecycle_id is not None:
        rows = await admission.phases(
            connection, lifecycle_id=lifecycle_id, release_id=release_id, content_hash=facts["content_hash"] or "",
            now=now,
        )  # fmt: skip
    return {
        "release_id": release_id,
        "lifecycle_id": lifecycle_id,
        "phases": [_phase(facts, list(each), now) for _, each in groupby(rows, key=itemgetter("position"))],
        "open_defects": len(await defects.open_of(connection, release_id)),
    }


def _phase(facts: Row, rows: list[Row], now: datetime) -> dict[str, Any]:
    (rule,) = phases.rules(facts, [rows], now)
    known = ("position", "name", "is_optional", "minimum_environments", "soak_minutes")
    return {
        **{name: rows[0][name] for name in known},
        "state": rule.state, "by": rule.by, "missing": rule.missing, "until": rule.until,
        "environments": [{name: row[name] for name in STAY} for row in rows],
    }  # fmt: skip
