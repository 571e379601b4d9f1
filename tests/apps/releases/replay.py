"""An auditor, who knows nothing of the app's code: reads the event log of one service from its beginning, and holds
each start against the promises as they stand in the contract.

The order of the log is that in which things came to be: each was written under the lock that decided it. Times are the
app's, from the deployments' own lines.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portico.kernel.database import Connection, fetch_all

OBJECTS = """
    SELECT 'deployment:' || id AS object FROM releases.deployments WHERE service_id = %(id)s
    UNION ALL SELECT 'release:' || id FROM releases.releases WHERE service_id = %(id)s
    UNION ALL SELECT 'freeze:' || id FROM releases.freezes WHERE service_ids = ARRAY[%(id)s::bigint]
    UNION ALL SELECT 'approval_rule:' || id FROM releases.approval_rules WHERE service_id = %(id)s
    UNION ALL SELECT 'defect:' || d.id FROM releases.defects AS d JOIN releases.releases AS r ON r.id = d.release_id
              WHERE r.service_id = %(id)s"""
EVENTS = f"""
    SELECT id, action, split_part(object, ':', 2)::bigint AS number, details FROM portico.event_log
    WHERE app = 'releases' AND object IN ({OBJECTS}) ORDER BY id"""
LINES = """
    SELECT c.deployment_id, c.at, c.action, c.before, c.after FROM releases.status_changes AS c
    JOIN releases.deployments AS d ON d.id = c.deployment_id WHERE d.service_id = %(id)s ORDER BY c.id"""
DEPLOYMENTS = """
    SELECT id, state, release_id, environment_id, requester_id, is_emergency, is_rollback, content_hash, previous_id,
        scheduled_at
    FROM releases.deployments WHERE service_id = %(id)s"""
FREEZES = "SELECT id, starts_at, ends_at FROM releases.freezes WHERE service_ids = ARRAY[%(id)s::bigint]"


@dataclass
class Rule:
    required: int
    is_emergency: bool
    edition: int = 1


@dataclass
class Ledger:
    """What holds at one moment of the log."""

    rules: dict[int, Rule]
    states: dict[int, str]
    approvals: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    defects: dict[int, int] = field(default_factory=dict)  # open ones: the release of each
    freezes: set[int] = field(default_factory=set)
    overrides: set[tuple[int, int]] = field(default_factory=set)
    running: dict[int, int] = field(default_factory=dict)  # by environment
    successes: list[tuple[int, int, datetime]] = field(default_factory=list)  # environment, release, when


class Auditor:
    def __init__(self, *, members: Iterable[int], production: int, dev: int, soak: timedelta) -> None:
        self._members = frozenset(members)
        self._production = production
        self._dev = dev
        self._phased = False
        self._soak = soak
        self.starts = {"dev": 0, "production": 0, "rollback": 0, "override": 0, "emergency": 0}

    async def check(
        self, connection: Connection, service: int, *, rules: dict[int, Rule], hashes: dict[int, str], phased: bool
    ) -> None:
        """Raises `AssertionError`, with the promise that was broken. `rules` and `hashes` are from the beginning."""
        params = {"id": service}
        deployments, freezes, lines, events = [
            await fetch_all(connection, statement, params) for statement in (DEPLOYMENTS, FREEZES, LINES, EVENTS)
        ]
        self._deployments = {row["id"]: row for row in deployments}
        self._freezes = {row["id"]: row for row in freezes}
        self._times = {(row["deployment_id"], row["after"]): row["at"] for row in lines}
        self._hashes, self._phased = hashes, phased
        self._now = Ledger(rules, dict.fromkeys(hashes, "published"))
        self._check_lines(lines)
        for event in events:  # from here on nothing waits: cases that are checked at once share this auditor
            self._take(event["action"], event["number"], event["details"])

    def _check_lines(self, lines: list[dict[str, Any]]) -> None:
        """Promise 5: the log alone tells what ran where: each line goes on where the one before it ended."""
        last: dict[int, str] = {}
        for line in lines:
            assert last.get(line["deployment_id"]) == line["before"], ("promise 5: a gap in the log", line)
            last[line["deployment_id"]] = line["after"]
        states = {row["id"]: row["state"] for row in self._deployments.values()}
        assert last == states, ("promise 5: the log is not all", last, states)

    def _take(self, action: str, number: int, details: dict[str, Any]) -> None:
        noun, what = action.split(".", 1)
        take = getattr(self, f"_{noun}", None)
        if take is not None:
            take(what, number, details)

    def _approval_rule(self, what: str, number: int, details: dict[str, Any]) -> None:
        assert what == "changed", what
        rule = self._now.rules[number]
        rule.required = details["required"][1]
        rule.edition += 1  # what was approved before is void

    def _approval(self, what: str, number: int, details: dict[str, Any]) -> None:
        if what == "approved":
            edition = self._now.rules[details["rule_id"]].edition
            self._now.approvals.setdefault(number, []).append({**details, "edition": edition})

    def _release(self, what: str, number: int, details: dict[str, Any]) -> None:
        self._now.states[number] = "published" if what == "unblocked" else what

    def _defect(self, what: str, number: int, details: dict[str, Any]) -> None:
        if what == "reported":
            self._now.defects[number] = details["release_id"]
        else:
            del self._now.defects[number]

    def _freeze(self, what: str, number: int, details: dict[str, Any]) -> None:
        if what == "overridden":
            self._now.overrides.add((number, details["deployment_id"]))
        elif what == "created":
            self._now.freezes.add(number)
        else:
            self._now.freezes.discard(number)

    def _deployment(self, what: str, number: int, details: dict[str, Any]) -> None:
        deployment = self._deployments[number]
        environment = deployment["environment_id"]
        if what == "running":
            self._start(deployment, self._times[number, "running"])
        elif self._now.running.get(environment) == number:
            del self._now.running[environment]
        if what == "succeeded":
            self._now.successes.append((environment, deployment["release_id"], self._times[number, "succeeded"]))

    def _start(self, deployment: dict[str, Any], at: datetime) -> None:
        now, environment, release = self._now, deployment["environment_id"], deployment["release_id"]
        assert environment not in now.running, ("promise 5: two run at once", deployment)
        now.running[environment] = deployment["id"]
        assert now.states[release] == "published", ("promise 4: it was", now.states[release], deployment)
        assert deployment["content_hash"] == self._hashes[release], ("promise 1: other content", deployment)
        assert deployment["scheduled_at"] is None or deployment["scheduled_at"] <= at, ("before its time", deployment)
        self._check_freezes(deployment, at)
        self.starts["production" if environment == self._production else "dev"] += 1
        self.starts["rollback"] += deployment["is_rollback"]
        self.starts["emergency"] += deployment["is_emergency"]
        if deployment["is_rollback"]:
            earlier = [each for each in now.successes if each[:2] == (environment, release)]
            assert earlier, ("a rollback to what never ran there", deployment)
        elif environment == self._production:
            self._check_phases(deployment, at)
        if environment == self._production:
            self._check_approvals(deployment, at)

    def _check_freezes(self, deployment: dict[str, Any], at: datetime) -> None:
        for number in self._now.freezes:
            freeze = self._freezes[number]
            if freeze["starts_at"] <= at < freeze["ends_at"]:
                through = (number, deployment["id"]) in self._now.overrides
                assert through, ("promise 3: started in a freeze", number, deployment)
                self.starts["override"] += 1

    def _check_phases(self, deployment: dict[str, Any], at: datetime) -> None:
        assert deployment["release_id"] not in self._now.defects.values(), ("promise 4: an open defect", deployment)
        if not self._phased:
            return
        stays = [each for each in self._now.successes if each[0] == self._dev]
        for place, (_, release, since) in enumerate(stays):
            until = next((when for _, other, when in stays[place + 1 :] if other != release), at)
            if release == deployment["release_id"] and until - since >= self._soak:
                return
        raise AssertionError(("promise 4: the phase before was not satisfied", deployment, at))

    def _check_approvals(self, deployment: dict[str, Any], at: datetime) -> None:
        rules = {
            number: rule for number, rule in self._now.rules.items() if rule.is_emergency == deployment["is_emergency"]
        }
        assert rules, ("promise 2: started in production without any rule", deployment)
        used: set[int] = set()
        for number, rule in rules.items():
            people = {
                each["user_id"] for each in self._now.approvals.get(deployment["id"], [])
                if each["rule_id"] == number and each["edition"] == rule.edition
                and datetime.fromisoformat(each["expires_at"]) > at
                and each["content_hash"] == self._hashes[deployment["release_id"]]
                and each["environment_id"] == deployment["environment_id"]
            }  # fmt: skip
            assert people <= self._members - {deployment["requester_id"]}, ("promise 2: who", deployment, people)
            assert not people & used, ("promise 2: one person for two rules", deployment)
            assert len(people) >= rule.required, ("promise 2: too few", deployment, people, rule)
            used |= people
