"""What runs where, now and at any time past: in each environment the last deployment that had succeeded by then.

A rollback is a deployment as any other one. Each cell costs one probe of an index, however long its history is.
"""

from datetime import datetime
from typing import Any

from portico.kernel.database import Connection, Row, fetch_all

COLUMNS = """
    s.id AS service_id, s.name AS service, s.team_id, d.environment_id, d.id AS deployment_id, d.ended_at AS since,
    d.is_rollback, u.username AS by, r.id AS release_id, r.semver AS version, r.git_sha, r.content_hash,
    r.state AS release_state"""
RUNNING = f"""
    SELECT {COLUMNS} FROM releases.services AS s CROSS JOIN releases.environments AS e
    CROSS JOIN LATERAL (
        SELECT id, environment_id, release_id, requester_id, ended_at, is_rollback FROM releases.deployments
        WHERE environment_id = e.id AND service_id = s.id AND state = 'succeeded' AND ended_at <= %(at)s
        ORDER BY ended_at DESC, id DESC LIMIT 1
    ) AS d
    JOIN releases.releases AS r ON r.id = d.release_id LEFT JOIN releases.users AS u ON u.id = d.requester_id"""
IN_ENVIRONMENT = f"{RUNNING} WHERE e.id = %(environment_id)s ORDER BY lower(s.name)"
OF_TEAM = "(%(team_id)s::bigint IS NULL OR s.team_id = %(team_id)s)"
EVERYWHERE = f"{RUNNING} WHERE {OF_TEAM}"
SERVICES = f"""
    SELECT s.id, s.name, s.tier, s.team_id, t.name AS team
    FROM releases.services AS s JOIN releases.teams AS t ON t.id = s.team_id WHERE {OF_TEAM} ORDER BY lower(s.name)"""
ENVIRONMENTS = "SELECT id, name, type, is_protected FROM releases.environments ORDER BY rank, id"

# Beside what runs: the last deployment that ended where it failed, and those that run at this moment.
UNSETTLED = """
    SELECT d.id, d.state, d.service_id, d.environment_id, d.at, r.semver AS version FROM (
        SELECT last.id, last.state, s.id AS service_id, e.id AS environment_id, last.ended_at AS at, last.release_id
        FROM releases.services AS s CROSS JOIN releases.environments AS e
        CROSS JOIN LATERAL (
            SELECT id, state, ended_at, release_id FROM releases.deployments
            WHERE environment_id = e.id AND service_id = s.id AND state IN ('succeeded', 'failed')
              AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT 1
        ) AS last WHERE last.state = 'failed'
        UNION ALL SELECT id, state, service_id, environment_id, started_at, release_id
        FROM releases.deployments WHERE state = 'running'
    ) AS d JOIN releases.releases AS r ON r.id = d.release_id"""


async def matrix(connection: Connection, *, at: datetime, team_id: int | None = None) -> dict[str, Any]:
    """Services by name, each with one cell an environment, in the order of `environments`; None where nothing runs."""
    environments = await fetch_all(connection, ENVIRONMENTS)
    services = await fetch_all(connection, SERVICES, {"team_id": team_id})
    running = await fetch_all(connection, EVERYWHERE, {"at": at, "team_id": team_id})
    cells = {(each["service_id"], each["environment_id"]): each for each in running}
    return {
        "at": at,
        "environments": environments,
        "services": [
            {**service, "cells": [cells.get((service["id"], each["id"])) for each in environments]}
            for service in services
        ],
    }


async def state(connection: Connection, environment_id: int, *, at: datetime) -> list[Row]:
    """What ran in an environment then: a row for each service of which anything did, by name."""
    return await fetch_all(connection, IN_ENVIRONMENT, {"environment_id": environment_id, "at": at})


async def unsettled(connection: Connection) -> list[Row]:
    """The deployments that failed last, and those that run at this moment: `state` tells which is which."""
    return await fetch_all(connection, UNSETTLED)
