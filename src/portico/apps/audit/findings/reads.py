"""Findings as they are shown: to the team with all that they trace to, to their owners without."""

from datetime import date
from typing import Any

from portico.apps.audit.findings.aging import Aging, aging
from portico.apps.audit.procedures.reads import requirement
from portico.apps.audit.users.reads import person
from portico.apps.audit.workpapers.reads import linked
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.listing import newest_first

# The team sees all findings of its engagement, an auditee those that were sent and whose owner they are.
SEEN = """
    JOIN audit.members AS m ON m.engagement_id = f.engagement_id AND m.user_id = %(me)s
         AND (m.role <> 'auditee' OR f.owner_id = %(me)s AND f.sent_at IS NOT NULL)"""
TRACE = """
    JOIN audit.workpapers AS w ON w.id = f.workpaper_id
    JOIN audit.procedures AS p ON p.id = w.procedure_id
    LEFT JOIN audit.requirements AS r ON r.id = coalesce(f.requirement_id, p.requirement_id)
    LEFT JOIN audit.frameworks AS k ON k.id = r.framework_id
    LEFT JOIN audit.users AS owner ON owner.id = f.owner_id"""
LINE = f"""
    f.id, f.engagement_id, f.number, f.title, f.severity, f.state, f.sent_at, f.due_on, f.risk_accepted_until,
    f.created_at, f.version, {requirement("r", "k")} AS requirement, {person("owner")} AS owner,
    json_build_object('id', w.id, 'number', w.number) AS workpaper"""
ONE = f"""
    SELECT {LINE}, m.role, e.name AS engagement, c.name AS client, f.criteria, f.condition, f.cause, f.effect,
           f.recommendation, f.action_plan, f.closed_at, f.retests,
           json_build_object('id', p.id, 'code', p.code, 'title', p.title) AS procedure,
           {linked("audit.finding_evidence", "l.finding_id = f.id", ", 'retest', l.retest")} AS evidence,
           {person("writer")} AS written_by, {person("fixer")} AS fixed_by, {person("closer")} AS closed_by,
           {person("accepter")} AS risk_accepted_by
    FROM audit.findings AS f {SEEN} {TRACE}
    JOIN audit.engagements AS e ON e.id = f.engagement_id JOIN audit.clients AS c ON c.id = e.client_id
    JOIN audit.users AS writer ON writer.id = f.written_by
    LEFT JOIN audit.users AS fixer ON fixer.id = f.fixed_by
    LEFT JOIN audit.users AS closer ON closer.id = f.closed_by
    LEFT JOIN audit.users AS accepter ON accepter.id = f.risk_accepted_by
    WHERE f.id = %(id)s"""
INTERNAL = ("role", "workpaper", "procedure", "evidence", "written_by", "closed_by", "retests", "created_at")
"""What a finding's owner is not shown."""

MATCHING = """
    f.engagement_id = %(engagement)s AND (%(state)s::text IS NULL OR f.state = %(state)s)
    AND (%(severity)s::text IS NULL OR f.severity = %(severity)s)
    AND (%(workpaper)s::bigint IS NULL OR f.workpaper_id = %(workpaper)s)"""
NEXT = "f.id < %(before)s ORDER BY f.id DESC LIMIT %(limit)s"
PART = f"SELECT {LINE} FROM audit.findings AS f {TRACE} WHERE {MATCHING} AND {NEXT}"
COUNT = f"SELECT count(*) AS total FROM audit.findings AS f WHERE {MATCHING}"

OWN = f"""
    FROM audit.findings AS f {SEEN}
    JOIN audit.engagements AS e ON e.id = f.engagement_id JOIN audit.clients AS c ON c.id = e.client_id
    WHERE f.owner_id = %(me)s AND f.sent_at IS NOT NULL AND (%(state)s::text IS NULL OR f.state = %(state)s)
      AND (%(engagement)s::bigint IS NULL OR f.engagement_id = %(engagement)s)"""
OWN_PART = f"""
    SELECT f.id, f.engagement_id, e.name AS engagement, c.name AS client, f.number, f.title, f.severity, f.state,
           f.sent_at, f.due_on {OWN} AND {NEXT}"""
COUNT_OWN = f"SELECT count(*) AS total {OWN}"

# What was said before a finding was sent is the team's, and what was said to another owner theirs.
NOTES = f"""
    SELECT n.id, n.action, n.text, n.at, {person("u")} AS by, n.user_name
    FROM audit.finding_notes AS n JOIN audit.findings AS f ON f.id = n.finding_id {SEEN}
    LEFT JOIN audit.users AS u ON u.id = n.user_id
    WHERE f.id = %(id)s AND (m.role <> 'auditee' OR n.at >= f.sent_at OR n.user_id = %(me)s)
    ORDER BY n.id"""

# What was found altered supports nothing any more.
SEALED = """
    (SELECT count(*) FROM audit.finding_evidence AS l
     JOIN audit.evidence_versions AS x ON x.id = l.evidence_version_id AND x.sealed_at IS NOT NULL
          AND x.failed_at IS NULL
     WHERE l.finding_id = f.id AND l.retest = {of})"""
CASE = f"""
    SELECT f.id, f.engagement_id, e.state AS engagement_state, m.role, m.may_accept_risk, f.state, f.fixed_by,
           %(me)s::bigint AS caller_id, coalesce(f.requirement_id, p.requirement_id) AS requirement_id,
           {SEALED.format(of=0)} AS sealed,
           CASE WHEN f.retests > 0 THEN {SEALED.format(of="f.retests")} ELSE 0 END AS sealed_of_retest,
           EXISTS (SELECT FROM audit.members AS o WHERE o.engagement_id = f.engagement_id
                   AND o.user_id = f.owner_id AND o.role = 'auditee') AS has_owner
    FROM audit.findings AS f {SEEN}
    JOIN audit.engagements AS e ON e.id = f.engagement_id
    JOIN audit.workpapers AS w ON w.id = f.workpaper_id JOIN audit.procedures AS p ON p.id = w.procedure_id
    WHERE f.id = %(id)s"""

OPEN = """
    SELECT f.severity, f.due_on, f.state = 'risk_accepted' AS is_accepted, count(*)::int AS count
    FROM audit.findings AS f
    WHERE f.engagement_id = %(engagement)s AND f.state NOT IN ('draft', 'closed_verified', 'withdrawn')
    GROUP BY f.severity, f.due_on, is_accepted"""
ENDED = """
    SELECT f.id FROM audit.findings AS f JOIN audit.engagements AS e ON e.id = f.engagement_id
    WHERE f.state = 'risk_accepted' AND f.risk_accepted_until < %(today)s AND e.state <> 'archived'
    ORDER BY f.id LIMIT %(limit)s"""


async def finding(connection: Connection, user_id: int, finding_id: int) -> Row | None:
    """One finding, for who may see it: for its owner without what is the team's."""
    row = await fetch_one(connection, ONE, {"id": finding_id, "me": user_id})
    if row is None or row["role"] != "auditee":
        return row
    return {name: value for name, value in row.items() if name not in INTERNAL}


async def findings(
    connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page of an engagement's, the newest first. `filters` are the parameters of `MATCHING`."""
    return await newest_first(connection, part=PART, count=COUNT, params=filters, limit=limit, cursor=cursor)


async def own(connection: Connection, filters: dict[str, Any], *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of those that were sent to this owner, the newest first. `filters` are `me`, `state`, `engagement`."""
    return await newest_first(connection, part=OWN_PART, count=COUNT_OWN, params=filters, limit=limit, cursor=cursor)


async def notes(connection: Connection, user_id: int, finding_id: int) -> list[Row]:
    """What was said of a finding, the oldest first, as far as the caller may see it."""
    return await fetch_all(connection, NOTES, {"id": finding_id, "me": user_id})


async def case(connection: Connection, user_id: int, finding_id: int) -> Row | None:
    """What decides on what the caller may do with a finding; None for who does not see it."""
    return await fetch_one(connection, CASE, {"id": finding_id, "me": user_id})


async def ages(connection: Connection, engagement_id: int, today: date) -> tuple[Aging, int]:
    """The open findings of an engagement by days overdue, and how many risks are accepted."""
    rows = await fetch_all(connection, OPEN, {"engagement": engagement_id})
    table = aging(today, ((row["severity"], row["due_on"], row["count"]) for row in rows if not row["is_accepted"]))
    return table, sum(row["count"] for row in rows if row["is_accepted"])


async def ended(connection: Connection, today: date, *, limit: int) -> list[int]:
    """Some findings whose risk was accepted until a day that is past."""
    return [row["id"] for row in await fetch_all(connection, ENDED, {"today": today, "limit": limit})]
