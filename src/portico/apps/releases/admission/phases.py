"""The phases of a lifecycle: what a release has to have been through before it may go on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from portico.apps.releases.admission.explanation import Rule, missing, refused, satisfied
from portico.apps.releases.semver import Range, parse
from portico.kernel.database import Row


def lifecycle_of(facts: Row) -> int | None:
    """The lifecycle of the first channel that takes the version, else the service's own."""
    version = parse(facts["semver"])
    for channel in facts["channels"] or []:
        if version in Range(channel["range"]):
            found: int = channel["lifecycle_id"]
            return found
    own: int | None = facts["lifecycle_id"]
    return own


def earlier(facts: Row, phases: Sequence[Row]) -> list[list[Row]] | None:
    """The phases before the environment's, each with its environments; None where no phase has the environment."""
    own = [phase["position"] for phase in phases if phase["environment_id"] == facts["environment_id"]]
    if not own:
        return None
    before = [phase for phase in phases if phase["position"] < min(own)]
    return [list(rows) for _, rows in groupby(before, key=itemgetter("position"))]


def rules(facts: Row, before: Sequence[Sequence[Row]] | None, now: datetime) -> list[Rule]:
    if before is None and facts["is_protected"]:
        return [refused("phase", needs=f"{facts['environment']} is in no phase of the lifecycle of {facts['semver']}.")]
    if not before:
        return [satisfied("phase", by=["none comes before"])]
    return [_phase(rows, now) for rows in before]


def _phase(rows: Sequence[Row], now: datetime) -> Rule:
    phase = rows[0]
    if phase["is_optional"]:
        return satisfied("phase", phase["name"], by=["it is optional"])
    soak = timedelta(minutes=phase["soak_minutes"])
    reached = [row for row in rows if row["since"] is not None]
    done = [row for row in reached if (row["until"] or now) - row["since"] >= soak]
    by = [f"{row['environment']} (deployment {row['deployment_id']})" for row in done]
    lacking = phase["minimum_environments"] - len(done)
    if lacking <= 0:
        return satisfied("phase", phase["name"], by=by)
    soaking = sorted(row["since"] + soak for row in reached if row["until"] is None and row not in done)
    if len(soaking) >= lacking:  # it comes by itself, once enough of these have run it long enough
        until = soaking[lacking - 1]
        needs = f"It has to run for {phase['soak_minutes']} minutes: until {until:%Y-%m-%d %H:%M} UTC."
        return missing("phase", phase["name"], needs=needs, by=by, until=until)
    names = ", ".join(row["environment"] for row in rows if row not in done)
    needs = f"{len(done)} of {phase['minimum_environments']} environments have run it; it may run in {names}."
    return missing("phase", phase["name"], needs=needs, by=by)
