"""Whether a deployment may start: one answer, which is shown before the start and obeyed at it."""

from datetime import datetime
from typing import Any

from portico.apps.releases.admission import phases, reads, rules
from portico.apps.releases.admission.explanation import Explanation, Rule, satisfied
from portico.apps.releases.approvals import reads as approvals
from portico.apps.releases.defects import reads as defects
from portico.apps.releases.freezes import reads as freezes
from portico.apps.releases.gates import reads as gates
from portico.kernel.database import Connection, Row


class DeploymentGone(LookupError):
    """A mistake in the code: who asks has just read or locked it."""


async def explain(connection: Connection, deployment: Any, now: datetime) -> Explanation:
    """Every rule for the start of this deployment, which has an `id`, as things stand now.

    A fixed number of statements. At a start it is asked under `policy.share`, with deployment and release locked.
    """
    deployment_id = deployment["id"] if isinstance(deployment, dict) else deployment.id
    facts = await reads.facts(connection, deployment_id, now)
    if facts is None:
        raise DeploymentGone(deployment_id)
    needed = rules.approvals(facts, await approvals.rules_of(connection, deployment_id, now))
    found = [
        rules.state(facts, all(rule.holds for rule in needed), now),
        rules.release_state(facts),
        rules.content(facts),
        *needed,
        *await _freezes(connection, facts, now),
        *await _content(connection, facts, now),
        rules.schedule(facts, now),
        rules.one_at_a_time(facts, now),
    ]
    lost_id = facts["running_id"] if rules.is_lost(facts["running_seen_at"], now) else None
    return Explanation(deployment_id=deployment_id, state=facts["state"], at=now, rules=found, lost_id=lost_id)


async def _freezes(connection: Connection, facts: Row, now: datetime) -> list[Rule]:
    active = await freezes.active(
        connection, now=now, service_id=facts["service_id"], team_id=facts["team_id"],
        environment_id=facts["environment_id"], environment_type=facts["environment_type"],
    )  # fmt: skip
    return rules.freezes(active, await freezes.overrides_of(connection, facts["id"]) if active else [])


async def _content(connection: Connection, facts: Row, now: datetime) -> list[Rule]:
    """Phases, defects and gates. What goes back to where it has succeeded before has been through them."""
    if facts["ran_before"] is not None:
        by = [f"deployment {facts['ran_before']}"]
        return [satisfied(rule, by=by) for rule in ("phase", "defects", "gate")]
    before = await _earlier(connection, facts, now)
    open_defects = await defects.open_of(connection, facts["release_id"])
    required = facts["required_gates"]
    return [
        *phases.rules(facts, before, now),
        rules.defects(facts, open_defects, has_earlier=bool(before)),
        *rules.gates(required, await gates.of_release(connection, facts["release_id"], now) if required else []),
    ]


async def _earlier(connection: Connection, facts: Row, now: datetime) -> list[list[Row]] | None:
    lifecycle_id = phases.lifecycle_of(facts)
    if lifecycle_id is None:
        return []
    found = await reads.phases(
        connection, lifecycle_id=lifecycle_id, release_id=facts["release_id"],
        content_hash=facts["requested_hash"], now=now,
    )  # fmt: skip
    return phases.earlier(facts, found)
