"""Random sequences of calls by random people and agents, on the services themselves and a real database.

Each case has a service, releases and rules of its own, so thousands share one database. A case's clock moves a little
at each call: `portico.apps.releases` takes the time and the caller as arguments.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from portico.apps.releases.admission.service import explain
from portico.apps.releases.approvals.service import RuleService
from portico.apps.releases.defects.service import DefectService
from portico.apps.releases.deployments.decisions import decide
from portico.apps.releases.deployments.running import RunService, agent, attend
from portico.apps.releases.deployments.service import DeploymentService
from portico.apps.releases.freezes.service import FreezeService
from portico.apps.releases.permissions import Access
from portico.apps.releases.releases.service import ReleaseService
from portico.apps.releases.semver import parse, precedence
from portico.identity.public import Caller
from portico.kernel.database import Database, fetch_all, fetch_one
from portico.kernel.errors import Problem
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOAK = timedelta(minutes=10)
TICK = timedelta(milliseconds=1)
VERSIONS = ("1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.2", "1.0.0-rc.11", "1.0.0", "1.2.9", "1.10.0", "10.0.0")
MEMBERS = ("mia", "max", "mae", "dan")  # of the group that approves; dan is a developer, the others release managers
ANY = IfMatch(None)
Call = Callable[[Transaction, datetime], Awaitable[Any]]


@dataclass
class Company:
    """What all cases share: people, two environments, a lifecycle that soaks."""

    database: Database
    users: dict[str, int]
    environments: dict[str, int]
    group: int
    team: int
    lifecycle: int
    seen: Counter[str] = field(default_factory=Counter)

    def access(self, name: str) -> Access:
        role = {"root": "admin", "dan": "developer", "odd": "developer"}.get(name, "release_manager")
        roles = {role, f"team:{self.team}"} if name != "odd" else {role}
        if name in MEMBERS:
            roles |= {"approver", f"group:{self.group}"}
        scopes = None
        if name in ("bot", "boy"):
            roles, scopes = {"pipeline"}, frozenset({"deploy:run"})
        user_id = self.users[name]
        return Access(Caller(user_id, UUID(int=user_id), frozenset(roles), scopes, name))


async def found(database: Database) -> Company:
    """A company in an empty database."""
    async with database.connection() as connection:

        async def add(statement: str, **values: Any) -> int:
            row = await fetch_one(connection, statement, values)  # type: ignore[arg-type]
            assert row is not None
            return int(row["id"])

        user = ("INSERT INTO releases.users (email, username, pwd_hash, role) VALUES (%(name)s, %(name)s, NULL,"
                " 'release_manager') RETURNING id")  # fmt: skip
        users = {name: await add(user, name=name) for name in (*MEMBERS, "root", "odd", "bot", "boy")}
        environment = ("INSERT INTO releases.environments (name, type, rank, is_protected)"
                       " VALUES (%(name)s, %(name)s, 1, %(protected)s) RETURNING id")  # fmt: skip
        environments = {
            name: await add(environment, name=name, protected=name == "production") for name in ("dev", "production")
        }
        team = await add("INSERT INTO releases.teams (name) VALUES ('team') RETURNING id")
        group = await add("INSERT INTO releases.groups (name) VALUES ('group') RETURNING id")
        for name in MEMBERS:
            await connection.execute("INSERT INTO releases.group_members VALUES (%s, %s)", [group, users[name]])
        lifecycle = await add("INSERT INTO releases.lifecycles (name) VALUES ('both') RETURNING id")
        for position, (name, environment_id) in enumerate(environments.items()):
            phase = await add(
                "INSERT INTO releases.phases (lifecycle_id, position, name, soak_minutes)"
                " VALUES (%(lifecycle)s, %(position)s, %(name)s, 10) RETURNING id",
                lifecycle=lifecycle, position=position, name=name,
            )  # fmt: skip
            await connection.execute("INSERT INTO releases.phase_environments VALUES (%s, %s)", [phase, environment_id])
    return Company(database, users, environments, group, team, lifecycle)


KNOWN = """
    SELECT id, state, content_hash, agent_key, requester_id FROM releases.deployments
    WHERE service_id = %(id)s ORDER BY id"""
NEW_CASE = """
    WITH service AS (
        INSERT INTO releases.services (name, team_id, lifecycle_id) VALUES (%(name)s, %(team)s, %(lifecycle)s)
        RETURNING id
    ), made AS (
        INSERT INTO releases.releases (service_id, semver, precedence, git_sha, state, content_hash, published_at)
        SELECT service.id, semver, precedence, repeat('a', 40), 'published', encode(sha256(semver::bytea), 'hex'), now()
        FROM service, unnest(%(versions)s::text[], %(precedences)s::text[]) AS given (semver, precedence)
        RETURNING id, semver
    ), incident AS (
        INSERT INTO releases.incidents (service_id, environment_id, title, opened_at)
        SELECT service.id, %(production)s, 'it burns', %(now)s FROM service RETURNING id
    ), rule AS (
        INSERT INTO releases.approval_rules (name, environment_id, service_id, group_id, required, expires_minutes,
                                             is_emergency)
        SELECT 'rule', %(production)s, service.id, %(group)s, required, 30, is_emergency
        FROM service, unnest(%(required)s::int[], %(emergency)s::boolean[]) AS given (required, is_emergency)
        RETURNING id
    ), ran AS (
        INSERT INTO releases.deployments (service_id, release_id, environment_id, state, content_hash, ended_at)
        SELECT service.id, made.id, %(dev)s, 'succeeded', encode(sha256(semver::bytea), 'hex'), at
        FROM service, made JOIN unnest(%(versions)s::text[], %(ran)s::timestamptz[]) AS t (version, at)
            ON version = semver AND at IS NOT NULL
        ORDER BY at RETURNING id, ended_at
    ), line AS (
        INSERT INTO releases.status_changes (deployment_id, at, action, before, after)
        SELECT id, ended_at, 'succeed', NULL, 'succeeded' FROM ran
    ), event AS (
        INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details)
        SELECT 'releases', '', '', '', 'deployment.succeeded', 'deployment:' || id, '{}' FROM ran ORDER BY ended_at
    )
    SELECT service.id, incident.id AS incident_id,
        (SELECT array_agg(id ORDER BY semver <> %(first)s) FROM made) AS releases,
        (SELECT array_agg(id) FROM rule) AS rules
    FROM service, incident"""


class Case:
    """One sequence. What it remembers is only what a caller would know from the answers."""

    def __init__(self, company: Company, seed: int, row: dict[str, Any], *, phased: bool) -> None:
        self.company = company
        self.random = random.Random(seed)
        self.seed = seed
        self.service: int = row["id"]
        self.releases: list[int] = row["releases"]
        self.incident: int = row["incident_id"]
        self.phased = phased
        self.now = START
        self.known: list[dict[str, Any]] = []
        self.rules: list[int] = row["rules"] or []
        self.freezes: list[int] = []
        self.defects: list[int] = []

    async def call(self, name: str, work: Call) -> Any:
        """One call as the routes make it: all of it or nothing, save what an error keeps."""
        self.now += TICK
        write = Transaction(self.company.database)
        try:
            answer = await work(write, self.now)
            await write.commit()
        except Problem as problem:
            if problem.commits:
                await write.commit()
            self.company.seen[f"{name}: {problem.code}"] += 1
            return None
        finally:
            await write.close()
        self.company.seen[name] += 1
        return answer

    async def run(self, length: int) -> None:
        for _ in range(length):
            if self.random.random() < 0.2:
                await asyncio.gather(*(self.step() for _ in range(self.random.choice((2, 3)))))
            else:
                await self.step(is_alone=True)

    async def step(self, *, is_alone: bool = False) -> None:
        """Something that makes sense as things stand, mostly."""
        async with self.company.database.connection() as connection:
            self.known = await fetch_all(connection, KNOWN, {"id": self.service})
        states = {each["state"] for each in self.known}
        weights = {
            self.request: 5 if len(states & {"queued", "awaiting_approval", "running"}) < 2 else 1,
            self.approve: 9 if "awaiting_approval" in states else 0.3,
            self.start_as_explained if is_alone else self.start: 6 if states & {"queued", "scheduled"} else 0.5,
            self.finish: 6 if "running" in states else 0.3,
            self.override: 3 if self.freezes and "queued" in states else 0,
            self.disturb: 2,
            self.wait: 1.5,
        }
        (step,) = self.random.choices(list(weights), list(weights.values())) if self.known else (self.request,)
        await step()

    async def wait(self) -> None:
        self.now += self.random.choice((timedelta(seconds=50), SOAK, SOAK, timedelta(minutes=31)))

    def who(self, *names: str) -> Access:
        return self.company.access(self.random.choice(names or (*MEMBERS, "odd", "root")))

    def one_that_is(self, *states: str) -> dict[str, Any]:
        """A deployment in one of these states, mostly."""
        fitting = [each for each in self.known if each["state"] in states]
        return self.random.choice(fitting if fitting and self.random.random() < 0.9 else self.known)

    def some(self, ids: list[int]) -> int:
        """One of them, the last ones more often."""
        return ids[max(self.random.randrange(len(ids)), self.random.randrange(len(ids)))] if ids else 0

    async def request(self) -> None:
        who, kind = self.who(*MEMBERS, *MEMBERS, "odd"), self.random.random()
        ended = {each["state"] for each in self.known} & {"succeeded", "failed", "cancelled", "expired"}
        if kind < 0.7 or not ended:
            release = self.releases[0] if self.random.random() < 0.7 else self.releases[1]
            values: dict[str, Any] = {"release_id": release, "reason": ""}
            values["environment_id"] = self.company.environments[
                self.random.choice(("dev", "production", "production"))
            ]
            if self.random.random() < 0.1:
                values |= {"is_emergency": True, "incident_id": self.incident}
            if self.random.random() < 0.1:
                values["scheduled_at"] = self.now + SOAK
            await self.call("request", lambda write, now: DeploymentService(write, who, now).request(**values))
        else:
            name = "rollback" if kind < 0.9 else "retry"
            of, more = (
                self.one_that_is(*(("succeeded",) if name == "rollback" else ("failed",)))["id"],
                {"reason": "back"},
            )
            await self.call(name, lambda write, now: getattr(DeploymentService(write, who, now), name)(of, **more))

    async def approve(self) -> None:
        deployment = self.one_that_is("awaiting_approval")
        of, asked = deployment["id"], deployment["requester_id"]
        others = [name for name in MEMBERS if self.company.users[name] != asked]
        who = self.who(*others) if self.random.random() < 0.8 else self.who(*MEMBERS, "odd")
        seen = deployment["content_hash"] if self.random.random() < 0.95 else "0" * 64
        decision = "approved" if self.random.random() < 0.95 else "rejected"
        await self.call(decision, lambda write, now: decide(
            write, who, of, now, decision=decision, comment="", rule_id=None, content_hash=seen))  # fmt: skip

    async def start(self) -> None:
        await self.claim(self.one_that_is("queued", "scheduled", "awaiting_approval")["id"])

    async def start_as_explained(self) -> None:
        """With nobody beside: what was explained is what the start does."""
        of = self.one_that_is("queued", "scheduled", "awaiting_approval")["id"]
        async with self.company.database.connection() as connection:
            explanation = await explain(connection, {"id": of}, self.now + TICK)
        assert await self.claim(of) == explanation.may_start, (self.seed, explanation)

    async def claim(self, of: int) -> bool:
        who = self.who("bot", "boy")

        async def claim(write: Transaction, now: datetime) -> bool:
            await RunService(write, agent(who), now).claim(of)
            return True

        return bool(await self.call("claim", claim))

    async def finish(self) -> None:
        deployment, who = self.one_that_is("running"), self.who("bot", "boy")
        of, key = deployment["id"], deployment["agent_key"]
        if key and self.random.random() < 0.9:  # mostly the agent that has it
            who = next(each for each in map(self.company.access, ("bot", "boy")) if each.actor.key == key)
        how = self.random.choice(("succeed", "succeed", "succeed", "fail", "heartbeat"))
        cause = ["broken"] if how == "fail" else []
        await self.call(how, lambda write, now: getattr(RunService(write, agent(who), now), how)(of, *cause))

    async def disturb(self) -> None:
        """What people do beside deployments, and what the clock does."""
        await self.random.choice(
            [
                self.freeze,
                self.freeze,
                self.change_rule,
                self.report,
                self.withdraw,
                self.cancel,
                self.tamper,
                self.sweep,
            ]
        )()

    async def freeze(self) -> None:
        root = self.company.access("root")
        kind = self.random.random()
        if not self.freezes or kind < 0.6:
            values = {
                "name": "freeze", "reason": "sale", "service_ids": [self.service], "starts_at": self.now,
                "ends_at": self.now + SOAK, "time_zone": "UTC", "recurrence": None, "duration_minutes": None,
                "environment_ids": [], "environment_types": [], "team_ids": [], "override_group_id": self.company.group,
            }  # fmt: skip
            made = await self.call("freeze", lambda write, now: FreezeService(write, root, now).create(**values))
            self.freezes += [made] if made else []
        else:
            ending = self.some(self.freezes)
            await self.call("unfreeze", lambda write, now: FreezeService(write, root, now).end(ending))

    async def override(self) -> None:
        freeze, of, who = self.freezes[-1], self.one_that_is("queued")["id"], self.who("root", "mia", "odd")
        await self.call("override", lambda write, now: FreezeService(write, who, now).override(freeze, of, "so"))
        if self.random.random() < 0.7:
            await self.claim(of)

    async def change_rule(self) -> None:
        rule, root = self.some(self.rules), self.who("root", "mia")
        required = self.random.choice((1, 2))
        await self.call(
            "change rule", lambda write, now: RuleService(write, root, now).change(rule, ANY, required=required)
        )

    async def report(self) -> None:
        who, defect = self.who(*MEMBERS), self.some(self.defects)
        if defect and self.random.random() < 0.6:
            await self.call("resolve", lambda write, now: DefectService(write, who, now).resolve(defect, "done"))
            return
        release, severity = self.some(self.releases), self.random.choice(("low", "critical"))
        made = await self.call("report", lambda write, now: DefectService(write, who, now).report(
            release, title="it hurts", severity=severity))  # fmt: skip
        self.defects += [made] if made else []

    async def withdraw(self) -> None:
        if self.random.random() < 0.3:
            release, who = self.some(self.releases), self.who()
            await self.call("withdraw", lambda write, _: ReleaseService(write, who).withdraw(release, "bad"))

    async def cancel(self) -> None:
        of, who = self.one_that_is("queued", "running")["id"], self.who()
        await self.call("cancel", lambda write, now: DeploymentService(write, who, now).cancel(of, "no"))

    async def tamper(self) -> None:
        """Other content for what is published: by an edit, or by a second release of its version."""
        release, who = self.some(self.releases), self.who(*MEMBERS)
        if self.random.random() < 0.5:
            await self.call("edit", lambda write, _: ReleaseService(write, who).change(release, ANY, notes="other"))
            return
        row = await self.one("SELECT semver FROM releases.releases WHERE id = %(id)s", release)
        await self.call(
            "same version",
            lambda write, _: ReleaseService(write, who).create(
                service_id=self.service, version=row["semver"], git_sha="b" * 40, artifacts=[], notes="", changes=[]
            ),
        )

    async def sweep(self) -> None:
        """What the worker does each minute, for one of them."""
        of = self.one_that_is("running", "scheduled")["id"]
        await self.call("attend", lambda write, now: attend(write, of, now))

    async def one(self, statement: Any, of: int) -> dict[str, Any]:
        async with self.company.database.connection() as connection:
            (row,) = await fetch_all(connection, statement, {"id": of})
        return row


async def new_case(company: Company, seed: int, *, phased: bool | None = None) -> Case:
    chance = random.Random(seed)
    versions = chance.sample(VERSIONS, 2)
    phased = chance.random() < 0.5 if phased is None else phased
    ran = [  # in dev, before: the first one, and then perhaps the other, which took its place
        START - chance.choice((SOAK * 3, SOAK * 3, SOAK * 1.2)) if chance.random() < 0.7 else None,
        START - chance.choice((SOAK, SOAK / 2)) if chance.random() < 0.3 else None,
    ]
    rules = [each for each in ((chance.choice((1, 2, 2)), False), (1, True)) if chance.random() < 0.9]
    params = {
        "name": f"service {seed}", "team": company.team, "lifecycle": company.lifecycle if phased else None,
        "versions": versions, "precedences": [precedence(parse(each)) for each in versions],
        "production": company.environments["production"], "now": START, "group": company.group,
        "dev": company.environments["dev"], "ran": ran, "first": versions[0],
        "required": [each[0] for each in rules], "emergency": [each[1] for each in rules],
    }  # fmt: skip
    async with company.database.connection() as connection:
        row = await fetch_one(connection, NEW_CASE, params)
    assert row is not None
    return Case(company, seed, row, phased=phased)
