"""Random sequences of steps by random people, two at a time, on the services themselves and a real database.

Each case has an engagement, a workpaper and a finding of its own, so hundreds share one database. Most steps are such
as may be taken in the state that the case is in, by who may; the others are anybody's anything.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from portico.apps.audit.engagements.standing import take
from portico.apps.audit.findings.models import ACCEPT_RISK, FINDING_MACHINE
from portico.apps.audit.findings.moving import FindingMoves, reopen_ended
from portico.apps.audit.findings.service import FindingService
from portico.apps.audit.permissions import Access, Action
from portico.apps.audit.workpapers.models import WORKPAPER_MACHINE
from portico.apps.audit.workpapers.service import WorkpaperService
from portico.identity.public import Caller
from portico.kernel.database import Database, Row, fetch_one
from portico.kernel.errors import Problem
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEAM, AUDITEES = ("lou", "ann", "bob", "rex", "ray"), ("olga", "otto")
ROLES = dict(zip((*TEAM, *AUDITEES), ("lead", "auditor", "auditor", "reviewer", "reviewer", "auditee", "auditee"),
                 strict=True))  # fmt: skip
ANY = IfMatch(None)
Step = Callable[[Transaction], Awaitable[Any]]

PEOPLE = """
    INSERT INTO audit.users (email, username, pwd_hash, first_name) SELECT each, each, 'x', each
    FROM unnest(%(names)s::text[]) AS each RETURNING id, first_name AS name"""
FIRM = """
    WITH c AS (INSERT INTO audit.clients (name) VALUES ('client') RETURNING id),
    k AS (INSERT INTO audit.frameworks (uuid, kind, title, sha256, document, imported_by)
          VALUES (gen_random_uuid(), 'catalog', 'Policies', 'x', '{}', %(user)s) RETURNING id),
    r AS (INSERT INTO audit.requirements (framework_id, position, code, title) SELECT id, 1, 'p', 'P' FROM k
          RETURNING id)
    SELECT c.id AS client, r.id AS requirement FROM c, r"""
CASE = """
    WITH e AS (
        INSERT INTO audit.engagements (client_id, name, period_start, period_end, state)
        VALUES (%(client)s, 'case', '2025-01-01', '2025-12-31', 'fieldwork') RETURNING id
    ), m AS (
        INSERT INTO audit.members SELECT e.id, u.user_id, u.role, u.named
        FROM e, unnest(%(users)s::bigint[], %(roles)s::text[], %(named)s::bool[]) AS u (user_id, role, named)
    ), p AS (
        INSERT INTO audit.procedures (engagement_id, code, title, requirement_id)
        SELECT id, 'p', 'P', %(requirement)s FROM e RETURNING id
    ), w AS (
        INSERT INTO audit.workpapers (engagement_id, number, procedure_id) SELECT e.id, 1, p.id FROM e, p RETURNING id
    ), v AS (
        INSERT INTO audit.workpaper_versions (workpaper_id, number, title, conclusion, edited_by, editors, state,
                                              prepared_by, reviewed_by)
        SELECT id, 1, 'W', %(conclusion)s, %(author)s, ARRAY[%(author)s::bigint], %(paper)s,
               CASE WHEN %(paper)s <> 'draft' THEN %(author)s END,
               CASE WHEN %(paper)s = 'in_review' THEN %(reviewer)s END
        FROM w
    ), f AS (
        INSERT INTO audit.findings (engagement_id, number, workpaper_id, title, criteria, condition, written_by,
                                    owner_id)
        SELECT e.id, 1, w.id, 'F', 'c', 'c', %(author)s, %(owner)s FROM e, w RETURNING id
    ), d AS (
        INSERT INTO audit.evidence (engagement_id, number, title) SELECT e.id, i, 'D' FROM e, generate_series(1, 4) i
        RETURNING id, number
    ), x AS (
        INSERT INTO audit.evidence_versions (evidence_id, number, file_id, name, media_type, size, sha256, state,
                                             received_by, received_from, sealed_at)
        SELECT id, 1, gen_random_uuid(), 'n', 'text/csv', 1, 'x',
               CASE WHEN number = 1 THEN 'received' ELSE 'sealed' END, %(author)s, '',
               CASE WHEN number > 1 THEN now() END
        FROM d RETURNING id
    )
    SELECT e.id AS engagement, w.id AS paper, f.id AS finding, p.id AS procedure,
           (SELECT array_agg(x.id ORDER BY x.id) FROM x) AS evidence FROM e, w, f, p"""
SENT = (
    """INSERT INTO audit.finding_evidence (finding_id, evidence_version_id, retest)
       SELECT %(finding)s, each, place - 1 FROM unnest(%(evidence)s::bigint[]) WITH ORDINALITY AS u (each, place)""",
    """UPDATE audit.findings SET state = %(state)s, sent_at = %(now)s, requirement_id = %(requirement)s,
           retests = 1, fixed_by = CASE WHEN %(state)s = 'ready_for_retest' THEN owner_id END
       WHERE id = %(finding)s""",
)
BEGINNINGS = ("validation", "agreed", "disputed", "in_remediation", "ready_for_retest", "ready_for_retest")
STATES = """
    SELECT v.state AS paper, f.state AS finding, f.owner_id FROM audit.findings AS f
    JOIN audit.workpapers AS w ON w.engagement_id = f.engagement_id
    JOIN audit.workpaper_versions AS v ON v.workpaper_id = w.id
    WHERE f.id = %(finding)s ORDER BY v.number DESC LIMIT 1"""
# Every row of the engagement, and of what belongs to its workpaper and its finding.
SNAPSHOT = """
    SELECT md5(concat(
        (SELECT string_agg(t::text, ';' ORDER BY t.id) FROM audit.workpaper_versions AS t
         WHERE workpaper_id = %(paper)s),
        (SELECT string_agg(t::text, ';' ORDER BY t::text) FROM audit.workpaper_evidence AS t
         JOIN audit.workpaper_versions AS v ON v.id = t.workpaper_version_id WHERE v.workpaper_id = %(paper)s),
        (SELECT t::text FROM audit.findings AS t WHERE id = %(finding)s),
        (SELECT string_agg(t::text, ';' ORDER BY t::text) FROM audit.finding_evidence AS t
         WHERE finding_id = %(finding)s),
        (SELECT string_agg(t::text, ';' ORDER BY t.id) FROM audit.finding_notes AS t WHERE finding_id = %(finding)s),
        (SELECT t::text FROM audit.procedures AS t WHERE id = %(procedure)s)
    )) AS rows"""


@dataclass
class Firm:
    """What all cases share."""

    database: Database
    users: dict[str, int]
    client: int
    requirement: int
    seen: Counter[str] = field(default_factory=Counter)

    def access(self, name: str) -> Access:
        user_id = self.users[name]
        return Access(Caller(user_id, UUID(int=user_id), frozenset({"staff"}), None, name))


async def found(database: Database) -> Firm:
    """A firm in an empty database."""
    async with database.connection() as connection:
        cursor = await connection.execute(PEOPLE, {"names": list(ROLES)})
        users = {name: int(user_id) for user_id, name in await cursor.fetchall()}
        row = await fetch_one(connection, FIRM, {"user": users["lou"]})
    assert row is not None
    return Firm(database, users, row["client"], row["requirement"])


class Case:
    def __init__(self, firm: Firm, seed: int) -> None:
        self.firm = firm
        self.random = random.Random(seed)
        self.rows: Row = {}
        self.began = "draft"
        self.author = 0
        self.archived: str | None = None
        """What the rows were when the engagement was archived."""
        self._now = START

    async def begin(self) -> None:
        chance = self.random
        author = chance.choice(TEAM)
        self.author = self.firm.users[author]
        params = {
            "client": self.firm.client, "users": [self.firm.users[name] for name in ROLES],
            "roles": list(ROLES.values()), "named": [name == "olga" for name in ROLES],
            "requirement": self.firm.requirement if chance.random() < 0.8 else None,
            "conclusion": "C" if chance.random() < 0.8 else "", "author": self.author,
            "paper": chance.choice(("draft", "prepared", "in_review")),
            "reviewer": self.firm.users["ray" if author == "rex" else "rex"],
            "owner": self.firm.users["olga"] if chance.random() < 0.8 else None,
        }  # fmt: skip
        async with self.firm.database.connection() as connection:
            row = await fetch_one(connection, CASE, params)
            assert row is not None
            self.rows = row
            if params["owner"] and chance.random() < 0.7:
                self.began = chance.choice(BEGINNINGS)
                evidence = row["evidence"][1:3] if chance.random() < 0.6 else row["evidence"][1:2]
                wanted = {"finding": row["finding"], "evidence": evidence, "state": self.began, "now": START}
                for statement in SENT:
                    await connection.execute(statement, {**wanted, "requirement": self.firm.requirement})

    async def run(self, length: int) -> None:
        for _ in range(length):
            async with self.firm.database.connection() as connection:
                states = await fetch_one(connection, STATES, self.rows) or {}
            self._now += timedelta(
                days=self.random.choice((0, 0, 1, 400)) if states["finding"] == "risk_accepted" else 0
            )
            await asyncio.gather(*(self._try(*self._choose(states)) for _ in range(2)))

    async def _try(self, name: str, step: Step) -> None:
        """Take a step in a transaction of its own. What is refused is counted, and has changed nothing."""
        write = Transaction(self.firm.database)
        try:
            await step(write)
            await write.commit()
            self.firm.seen[name] += 1
        except Problem as problem:
            self.firm.seen[f"{name}: {problem.code}"] += 1
        finally:
            await write.close()

    def _choose(self, states: Row) -> tuple[str, Step]:
        dice = self.random.random()
        if dice < 0.03:
            return "archive", self._archive
        if dice < 0.06:
            return "turncoat", self._turn
        if dice < 0.10:
            return "sweep", lambda write: reopen_ended(write, self.rows["finding"], self._now)
        if dice < 0.14:
            return "seal", self._seal
        return self._on_paper(states) if dice < 0.48 else self._on_finding(states)

    def _on_paper(self, states: Row) -> tuple[str, Step]:
        legal = [line.action for line in WORKPAPER_MACHINE.table if states["paper"] in line.source]
        action = self.random.choice([*legal * 2, "change", "link", "unlink", "approve", "prepare"])
        who, of = self.random.choice(TEAM), self.rows["paper"]
        access, now, version = self.firm.access(who), self._now, self.random.choice(self.rows["evidence"])
        if action == "change":
            return "edit", lambda write: WorkpaperService(write, access, now).change(of, ANY, conclusion=f"by {who}")
        if action == "link":
            return "link", lambda write: WorkpaperService(write, access, now).link(of, version, ANY)
        if action == "unlink":
            return "unlink", lambda write: WorkpaperService(write, access, now).unlink(of, version, ANY)
        return action, lambda write: WorkpaperService(write, access, now).move(of, action, "why")

    def _on_finding(self, states: Row) -> tuple[str, Step]:
        of, version = self.rows["finding"], self.random.choice(self.rows["evidence"])
        if states["finding"] in ("draft", "ready_for_retest") and self.random.random() < 0.5:
            access = self.firm.access(self.random.choice(TEAM))
            return "support", lambda write: FindingService(write, access, self._now).link(of, version, ANY)
        legal = [line for line in FINDING_MACHINE.table if states["finding"] in line.source]
        if legal and self.random.random() < 0.75:
            line = self.random.choice(legal)
            who = "olga" if line.permission in (Action.OWN, ACCEPT_RISK) else self.random.choice((*TEAM, "olga"))
        else:
            line, who = self.random.choice(FINDING_MACHINE.table), self.random.choice(list(ROLES))
        access, now, values = self.firm.access(who), self._now, self._values(line.action)
        return line.action, lambda write: FindingMoves(write, access, now).move(of, line.action, "why", **values)

    def _values(self, action: str) -> dict[str, Any]:
        today = self._now.date()
        if action == "plan":
            return {"action_plan": "plan", "due_on": today + timedelta(self.random.choice((-1, 0, 30)))}
        if action == "accept-risk":
            return {"risk_accepted_until": today + timedelta(self.random.choice((0, 1, 366, 367)))}
        return {}

    async def _seal(self, write: Transaction) -> None:
        statement = """
            UPDATE audit.evidence_versions SET state = 'sealed', sealed_at = now()
            WHERE id = %(id)s AND state = 'received'"""
        await take(write, self.firm.access("lou"), self.rows["engagement"])
        if self.archived is None:
            await (await write.connection()).execute(statement, {"id": self.rows["evidence"][0]})

    async def _turn(self, write: Transaction) -> None:
        """The owner joins the auditors."""
        await take(write, self.firm.access("lou"), self.rows["engagement"])
        if self.archived is None:
            await (await write.connection()).execute(
                "UPDATE audit.members SET role = 'auditor' WHERE engagement_id = %(id)s AND user_id = %(user)s",
                {"id": self.rows["engagement"], "user": self.firm.users["olga"]},
            )

    async def _archive(self, write: Transaction) -> None:
        """Whatever is open in it: what must hold does so in any archive."""
        await take(write, self.firm.access("lou"), self.rows["engagement"])
        connection = await write.connection()
        if self.archived is None:
            statement = "UPDATE audit.engagements SET state = 'archived', archived_at = now() WHERE id = %(engagement)s"
            await connection.execute(statement, self.rows)
            self.archived = (await fetch_one(connection, SNAPSHOT, self.rows) or {})["rows"]
