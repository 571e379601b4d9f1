"""What the rules are asked about: one deployment, with all that bears on its start."""

from datetime import datetime

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

# `stopping_until`: an agent whose deployment was cancelled hears of it within its lease, and may be at work until then.
# `ran_before` is the last time that this very content succeeded there: what a rollback goes back to.
FACTS = """
    SELECT d.id, d.state, d.service_id, d.environment_id, d.release_id, d.content_hash AS requested_hash,
        d.is_emergency, d.is_rollback, d.scheduled_at, d.approval_until,
        r.semver, r.state AS release_state, r.content_hash, s.name AS service, s.team_id, s.lifecycle_id,
        e.name AS environment, e.type AS environment_type, e.is_protected, e.required_gates,
        (SELECT json_agg(json_build_object('range', version_range, 'lifecycle_id', lifecycle_id) ORDER BY position)
         FROM releases.channels WHERE service_id = d.service_id) AS channels,
        running.id AS running_id, running.heartbeat_at AS running_seen_at, running.agent AS running_agent,
        (SELECT max(stopped.lease_until) FROM releases.deployments AS stopped
         WHERE stopped.service_id = d.service_id AND stopped.environment_id = d.environment_id
           AND stopped.state = 'cancelled' AND stopped.ended_at > %(now)s - interval '5 minutes'
           AND stopped.lease_until > %(now)s) AS stopping_until,
        CASE WHEN d.is_rollback THEN (
            SELECT max(earlier.id) FROM releases.deployments AS earlier
            WHERE earlier.service_id = d.service_id AND earlier.environment_id = d.environment_id
              AND earlier.release_id = d.release_id AND earlier.content_hash = d.content_hash
              AND earlier.state = 'succeeded' AND earlier.id < d.id) END AS ran_before
    FROM releases.deployments AS d
    JOIN releases.releases AS r ON r.id = d.release_id
    JOIN releases.services AS s ON s.id = d.service_id
    JOIN releases.environments AS e ON e.id = d.environment_id
    LEFT JOIN releases.deployments AS running ON running.service_id = d.service_id
        AND running.environment_id = d.environment_id AND running.state = 'running' AND running.id <> d.id
    WHERE d.id = %(id)s"""

# A stay is from a success to the next one of another release, or until now. Of several the longest counts.
PHASES = """
    SELECT p.position, p.name, p.minimum_environments, p.is_optional, p.soak_minutes,
        e.id AS environment_id, e.name AS environment, stay.deployment_id, stay.since, stay.until
    FROM releases.phases AS p
    JOIN releases.phase_environments AS pe ON pe.phase_id = p.id
    JOIN releases.environments AS e ON e.id = pe.environment_id
    LEFT JOIN LATERAL (
        SELECT deployment_id, since, until FROM (
            SELECT d.id AS deployment_id, d.ended_at AS since, (
                SELECT min(later.ended_at) FROM releases.deployments AS later
                WHERE later.service_id = d.service_id AND later.environment_id = d.environment_id
                  AND later.state = 'succeeded' AND later.release_id <> d.release_id
                  AND (later.ended_at, later.id) > (d.ended_at, d.id)) AS until
            FROM releases.deployments AS d
            WHERE d.release_id = %(release_id)s AND d.environment_id = pe.environment_id AND d.state = 'succeeded'
              AND d.content_hash = %(content_hash)s) AS stays
        ORDER BY coalesce(until, %(now)s) - since DESC, deployment_id LIMIT 1) AS stay ON true
    WHERE p.lifecycle_id = %(lifecycle_id)s ORDER BY p.position, e.rank, e.id"""


async def facts(connection: Connection, deployment_id: int, now: datetime) -> Row | None:
    return await fetch_one(connection, FACTS, {"id": deployment_id, "now": now})


async def phases(
    connection: Connection, *, lifecycle_id: int, release_id: int, content_hash: str, now: datetime
) -> list[Row]:
    """The phases of a lifecycle in order, a row for each environment, with how long the release has run there."""
    params = {"lifecycle_id": lifecycle_id, "release_id": release_id, "content_hash": content_hash, "now": now}
    return await fetch_all(connection, PHASES, params)
