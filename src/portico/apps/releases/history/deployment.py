"""The deployments of one service in the sample year, as the log would have them: approved, run, failed, rolled back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from portico.apps.releases.history import calendar, cast
from portico.apps.releases.history.release import Published
from portico.apps.releases.history.rows import Rows
from portico.apps.releases.history.scenery import Scenery

STAGES = ("fetch", "migrate", "roll out")
AGENT = "agent-1"


@dataclass(frozen=True)
class Deployment:
    id: int
    service_id: int
    environment_id: int
    release: Published
    ended_at: datetime
    succeeded: bool
    previous: "Deployment | None"
    """What ran there before."""


class Deployments:
    """What would end after `until` does not happen: then the answer is None."""

    def __init__(self, rows: Rows, scenery: Scenery, service: cast.SampleService, until: datetime) -> None:
        self._rows = rows
        self._scenery = scenery
        self._service = service
        self._until = until
        self._running: dict[str, Deployment] = {}

    def allow_until(self, until: datetime) -> None:
        self._until = until

    def run(
        self, random: Random, release: Published, environment: str, at: datetime, *, fails: bool = False,
        retry_of: Deployment | None = None, incident: int | None = None,
    ) -> Deployment | None:  # fmt: skip
        """One that starts at this time; in production people have approved of it before."""
        is_live = environment == "production"
        requester = random.choice(self._scenery.team_of(self._service)) if is_live else "pipeline"
        ended = at + timedelta(minutes=random.randint(3, 12))
        asked = at - timedelta(minutes=random.randint(25, 90) if is_live else 2)
        lately = retry_of.ended_at + timedelta(minutes=2) if retry_of else asked
        asked = max(asked, lately)
        return self._add(
            random, release, environment, requester=requester, asked=asked, started=at, ended=ended, fails=fails,
            incident=incident, rules=self._rules() if is_live else [], retry_of_id=retry_of and retry_of.id,
            reason="Because of the incident." if incident else "",
        )  # fmt: skip

    def roll_back(
        self, random: Random, live: Deployment, to: Published, at: datetime, incident: int
    ) -> Deployment | None:  # fmt: skip
        """To what ran before, by the emergency rule, whatever is frozen; reviewed on the next day."""
        reviewed = at + timedelta(hours=random.randint(14, 30))
        is_reviewed = reviewed < self._until
        found = self._add(
            random, to, "production", requester=random.choice(self._scenery.team_of(self._service)),
            asked=at - timedelta(minutes=15), started=at, ended=at + timedelta(minutes=random.randint(2, 6)),
            fails=False, incident=incident, rules=["emergency"], is_rollback=True, is_emergency=True,
            rollback_of_id=live.id, reason=f"{live.release.version} breaks production.",
            reviewed_by=self._scenery.people["mei"] if is_reviewed else None,
            reviewed_at=reviewed if is_reviewed else None, review="Right to do it at once." if is_reviewed else "",
        )  # fmt: skip
        if found is not None:
            self._override(found.id, at)
        return found

    def ask(self, release: Published, at: datetime, requester: str) -> None:
        """For production, where nobody has approved of it yet."""
        deployment_id = self._row(
            release, "production", requester=requester, asked=at, state="awaiting_approval",
            approval_until=at + timedelta(minutes=cast.APPROVAL_MINUTES),
        )  # fmt: skip
        by = self._scenery.by(requester)
        self._rows.log(deployment_id, at, "request", None, "requested", by)
        self._rows.log(deployment_id, at, "await_approval", "requested", "awaiting_approval", None)

    def _add(
        self, random: Random, release: Published, environment: str, *, requester: str, asked: datetime,
        started: datetime, ended: datetime, fails: bool, incident: int | None, rules: list[str], **columns: Any,
    ) -> Deployment | None:  # fmt: skip
        if ended > self._until:
            return None
        state = "failed" if fails else "succeeded"
        queued = started - timedelta(seconds=40)
        previous = self._running.get(environment)
        deployment_id = self._row(
            release, environment, requester=requester, asked=asked, state=state, queued_at=queued, started_at=started,
            ended_at=ended, agent=AGENT, heartbeat_at=ended, cause="The health check did not pass." if fails else "",
            approval_until=asked + timedelta(minutes=cast.APPROVAL_MINUTES) if rules else None,
            previous_id=previous.id if previous and not fails else None, **columns,
        )  # fmt: skip
        if incident is not None:
            self._rows.causes.append({"id": deployment_id, "incident_id": incident})
        self._approve(random, deployment_id, release, rules, requester, asked, queued)
        self._follow(deployment_id, requester, state, asked, queued, started, ended, has_rules=bool(rules))
        self._stages(deployment_id, started, ended, fails=fails)
        found = Deployment(
            deployment_id, self._scenery.services[self._service.name], self._scenery.environments[environment],
            release, ended, not fails, previous,
        )  # fmt: skip
        if not fails:
            self._running[environment] = found
        return found

    def _row(self, release: Published, environment: str, *, requester: str, asked: datetime, **columns: Any) -> int:
        empty = dict.fromkeys((
            "approval_until", "previous_id", "retry_of_id", "rollback_of_id", "agent", "heartbeat_at", "queued_at",
            "started_at", "ended_at", "reviewed_by", "reviewed_at",
        ))  # fmt: skip
        rest = {"is_rollback": False, "is_emergency": False, "reason": "", "cause": "", "review": "", **empty}
        return self._rows.add("deployments", **{
            **rest, "created_at": asked, "service_id": self._scenery.services[self._service.name],
            "release_id": release.id, "environment_id": self._scenery.environments[environment],
            "requester_id": self._scenery.people[requester], "content_hash": release.content_hash, **columns,
        })  # fmt: skip

    def _rules(self) -> list[str]:
        return ["planned", *([self._service.name] if self._service.name in self._scenery.rules else [])]

    def _approve(
        self, random: Random, deployment_id: int, release: Published, rules: list[str], requester: str,
        asked: datetime, queued: datetime,
    ) -> None:  # fmt: skip
        """One approval for each rule, of people who are distinct and none of them the requester."""
        taken = {requester}
        for number, name in enumerate(rules, start=1):
            rule = self._rows.row("approval_rules", self._scenery.rules[name])
            group = next(group for group, group_id in self._scenery.groups.items() if group_id == rule["group_id"])
            approver = random.choice([person for person in self._scenery.members(group) if person not in taken])
            taken.add(approver)
            at = asked + (queued - asked) * number / (len(rules) + 1)
            self._rows.add(
                "approvals", created_at=at, deployment_id=deployment_id, rule_id=rule["id"], rule_version=1,
                user_id=self._scenery.people[approver], decision="approved", content_hash=release.content_hash,
                environment_id=self._scenery.environments["production"], comment="",
                expires_at=at + timedelta(minutes=cast.APPROVAL_MINUTES),
            )  # fmt: skip

    def _follow(
        self, deployment_id: int, requester: str, state: str, asked: datetime, queued: datetime, started: datetime,
        ended: datetime, *, has_rules: bool,
    ) -> None:  # fmt: skip
        """The deployment's log."""
        agent = self._scenery.by("pipeline")
        before = "requested"
        self._rows.log(deployment_id, asked, "request", None, before, self._scenery.by(requester))
        if has_rules:
            self._rows.log(deployment_id, asked, "await_approval", before, "awaiting_approval", None)
            before = "awaiting_approval"
        self._rows.log(deployment_id, queued, "queue", before, "queued", None)
        self._rows.log(deployment_id, started, "claim", "queued", "running", agent)
        self._rows.log(deployment_id, ended, "succeed" if state == "succeeded" else "fail", "running", state, agent)

    def _stages(self, deployment_id: int, started: datetime, ended: datetime, *, fails: bool) -> None:
        for number, name in enumerate(STAGES, start=1):
            is_last = number == len(STAGES)
            begun = started + (ended - started) * (number - 1) / len(STAGES)
            self._rows.join(
                "stages", deployment_id=deployment_id, number=number, name=name,
                state="failed" if fails and is_last else "succeeded",
                log="health check: 503\n" if fails and is_last else f"{name}: done\n", started_at=begun,
                ended_at=started + (ended - started) * number / len(STAGES),
            )  # fmt: skip

    def _override(self, deployment_id: int, at: datetime) -> None:
        for name, freeze_id in self._scenery.freezes.items():
            freeze = self._rows.row("freezes", freeze_id)
            is_held = calendar.in_weekend(at) if name == "weekend" else freeze["starts_at"] <= at < freeze["ends_at"]
            if is_held:
                self._rows.add(
                    "freeze_overrides", created_at=at - timedelta(minutes=10), freeze_id=freeze_id,
                    deployment_id=deployment_id, user_id=self._scenery.people["mei"],
                    reason="Production is broken; waiting would be worse.",
                )  # fmt: skip
