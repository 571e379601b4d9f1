"""Approval rules and approvals as they are shown, and what they say of a deployment."""

from datetime import datetime
from typing import Any

from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.paging import BIGGEST_ID, seal, unseal

APPLIES = """
    r.is_active
    AND (r.environment_id IS NULL OR r.environment_id = d.environment_id)
    AND (r.environment_type IS NULL OR r.environment_type = e.type)
    AND (r.team_id IS NULL OR r.team_id = s.team_id)
    AND (r.service_id IS NULL OR r.service_id = d.service_id)"""
"""Whether a rule is for a deployment. What is null in its scope takes everything."""

# What counts: of somebody who is in the group now and did not request it, for the rule as it is, for this content here.
COUNTS = """
    a.deployment_id = d.id AND a.rule_id = r.id AND a.rule_version = r.version AND a.decision = 'approved'
    AND a.voided_at IS NULL AND a.expires_at > %(now)s AND a.user_id IS DISTINCT FROM d.requester_id
    AND a.content_hash = d.content_hash AND a.content_hash = release.content_hash
    AND a.environment_id = d.environment_id"""
JOINED = f"""
    releases.deployments AS d
    JOIN releases.services AS s ON s.id = d.service_id
    JOIN releases.environments AS e ON e.id = d.environment_id
    JOIN releases.releases AS release ON release.id = d.release_id
    JOIN releases.approval_rules AS r ON {APPLIES}
    JOIN releases.groups AS g ON g.id = r.group_id"""
RULES_OF = f"""
    SELECT r.id, r.name, r.version, r.required, r.expires_minutes, r.is_emergency, r.group_id, g.name AS "group",
        (SELECT count(*) FROM releases.group_members AS m WHERE m.group_id = r.group_id) AS members,
        coalesce((
            SELECT json_agg(json_build_object('user_id', a.user_id, 'name', u.username, 'until', a.expires_at)
                            ORDER BY a.id)
            FROM releases.approvals AS a
            JOIN releases.users AS u ON u.id = a.user_id AND u.is_active
            JOIN releases.group_members AS m ON m.group_id = r.group_id AND m.user_id = a.user_id
            WHERE {COUNTS}), '[]') AS given
    FROM {JOINED} WHERE d.id = %(id)s ORDER BY r.id"""


async def rules_of(connection: Connection, deployment_id: int, now: datetime) -> list[Row]:
    """The rules for a deployment, the emergency ones too, each with the approvals that count for it now."""
    return await fetch_all(connection, RULES_OF, {"id": deployment_id, "now": now})


RULE = """
    SELECT r.id, r.name, r.environment_id, e.name AS environment, r.environment_type, r.team_id, t.name AS team,
        r.service_id, s.name AS service, r.group_id, g.name AS "group", r.required, r.expires_minutes, r.is_emergency,
        r.is_active, r.version
    FROM releases.approval_rules AS r
    JOIN releases.groups AS g ON g.id = r.group_id
    LEFT JOIN releases.environments AS e ON e.id = r.environment_id
    LEFT JOIN releases.teams AS t ON t.id = r.team_id
    LEFT JOIN releases.services AS s ON s.id = r.service_id"""
ONE_RULE = f"{RULE} WHERE r.id = %(id)s"
ALL_RULES = f"{RULE} ORDER BY r.id"
APPROVAL = """
    SELECT a.id, a.deployment_id, a.rule_id, r.name AS rule, a.user_id, u.username AS "user", a.decision, a.comment,
        a.content_hash, a.environment_id, a.created_at, a.expires_at, a.voided_at, a.void_reason
    FROM releases.approvals AS a
    JOIN releases.users AS u ON u.id = a.user_id
    LEFT JOIN releases.approval_rules AS r ON r.id = a.rule_id"""
OF_DEPLOYMENT = f"{APPROVAL} WHERE a.deployment_id = %(id)s ORDER BY a.id"
ONE_APPROVAL = f"{APPROVAL} WHERE a.id = %(id)s"


async def rule(connection: Connection, rule_id: int) -> Row | None:
    return await fetch_one(connection, ONE_RULE, {"id": rule_id})


async def all_rules(connection: Connection) -> list[Row]:
    return await fetch_all(connection, ALL_RULES)


async def of_deployment(connection: Connection, deployment_id: int) -> list[Row]:
    """Every approval and rejection of a deployment, the void ones too."""
    return await fetch_all(connection, OF_DEPLOYMENT, {"id": deployment_id})


async def approval(connection: Connection, approval_id: int) -> Any:
    return await fetch_one(connection, ONE_APPROVAL, {"id": approval_id})


DEFAULT_PATIENCE = 1440
PATIENCE = f"""
    SELECT min(r.expires_minutes) AS minutes FROM {JOINED}
    WHERE d.id = %(id)s AND r.is_emergency = (d.is_emergency OR d.is_rollback)"""


async def patience(connection: Connection, deployment_id: int) -> int:
    """For how many minutes a deployment waits for approvals: the shortest that one of its rules allows."""
    row = await fetch_one(connection, PATIENCE, {"id": deployment_id})
    return (row["minutes"] if row else None) or DEFAULT_PATIENCE


# What waits for one person: awaiting approval, by a rule that is open and asks their group, not their own request, and
# nothing said of it yet that stands.
MINE = f"""
    FROM {JOINED} JOIN releases.group_members AS me ON me.group_id = r.group_id AND me.user_id = %(user_id)s
    LEFT JOIN releases.users AS asker ON asker.id = d.requester_id
    WHERE d.state = 'awaiting_approval' AND r.is_emergency = (d.is_emergency OR d.is_rollback)
      AND d.requester_id IS DISTINCT FROM %(user_id)s AND d.content_hash = release.content_hash
      AND (d.approval_until IS NULL OR d.approval_until > %(now)s)
      AND NOT EXISTS (SELECT FROM releases.approvals AS a WHERE a.deployment_id = d.id AND a.user_id = %(user_id)s
                      AND a.voided_at IS NULL AND a.expires_at > %(now)s)
      AND r.required > (SELECT count(*) FROM releases.approvals AS a
          JOIN releases.users AS u ON u.id = a.user_id AND u.is_active
          JOIN releases.group_members AS m ON m.group_id = r.group_id AND m.user_id = a.user_id WHERE {COUNTS})"""
INBOX = f"""
    SELECT d.id AS deployment_id, s.name AS service, release.semver AS version, e.name AS environment,
        asker.username AS requester, d.reason, d.is_emergency, d.is_rollback, d.content_hash, d.approval_until,
        d.created_at, array_agg(r.name ORDER BY r.id) AS rules, array_agg(r.id ORDER BY r.id) AS rule_ids
    {MINE} AND d.id > %(after)s
    GROUP BY d.id, s.name, release.semver, e.name, asker.username ORDER BY d.id LIMIT %(limit)s"""
COUNT_MINE = f"SELECT count(DISTINCT d.id) AS total {MINE}"
HISTORY = f"{APPROVAL} WHERE a.id < %(before)s ORDER BY a.id DESC LIMIT %(limit)s"


async def inbox(
    connection: Connection, user_id: int, now: datetime, *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """The deployments that wait for this person, the oldest first."""
    params = {"user_id": user_id, "now": now}
    after = unseal(cursor, int)[0] if cursor else 0
    rows = await fetch_all(connection, INBOX, {**params, "after": after, "limit": limit})
    total = await fetch_one(connection, COUNT_MINE, params) or {"total": 0}
    following = seal(rows[-1]["deployment_id"]) if len(rows) == limit else None
    return {"items": rows, "total": total["total"], "next_cursor": following}


async def history(connection: Connection, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """What was decided, the newest first."""
    before = unseal(cursor, int)[0] if cursor else BIGGEST_ID
    rows = await fetch_all(connection, HISTORY, {"before": before, "limit": limit})
    total = await fetch_one(connection, "SELECT count(*) AS total FROM releases.approvals") or {"total": 0}
    following = seal(rows[-1]["id"]) if len(rows) == limit else None
    return {"items": rows, "total": total["total"], "next_cursor": following}


DECIDED = """
    SELECT a.id, a.deployment_id, a.decision, a.comment, a.content_hash, a.created_at, a.voided_at, a.void_reason,
        s.name AS service, release.semver AS version, e.name AS environment, d.state
    FROM releases.approvals AS a JOIN releases.deployments AS d ON d.id = a.deployment_id
    JOIN releases.services AS s ON s.id = d.service_id JOIN releases.releases AS release ON release.id = d.release_id
    JOIN releases.environments AS e ON e.id = d.environment_id
    WHERE a.user_id = %(user_id)s ORDER BY a.id DESC LIMIT %(limit)s"""


async def decided_by(connection: Connection, user_id: int, *, limit: int) -> list[Row]:
    """What one person decided lately, the newest first."""
    return await fetch_all(connection, DECIDED, {"user_id": user_id, "limit": limit})
