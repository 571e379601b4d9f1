"""One service's year: its releases, and their way through the environments, with all that happens on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from portico.apps.releases.history import calendar, cast
from portico.apps.releases.history.deployment import Deployment, Deployments
from portico.apps.releases.history.release import Published, Releases
from portico.apps.releases.history.rows import Rows
from portico.apps.releases.history.scenery import Scenery

SEED = 20_000_229
WEEKS = 53
PUBLISH_HOURS = (7, 8, 9, 10)


def drawn(*of: object) -> Random:
    """The numbers that belong to something: the same each time."""
    return Random(f"{SEED} {of}")  # noqa: S311 - nobody has to guess these


def minutes(random: Random, least: int, most: int) -> timedelta:
    return timedelta(minutes=random.randint(least, most))


@dataclass
class Journey:
    """Releases go one after the other: the next one is published when the last one has come to rest.

    What would end after `until` does not happen. Each release draws from a sequence of its own, so what comes before
    does not depend on when that is.
    """

    rows: Rows
    scenery: Scenery
    service: cast.SampleService
    until: datetime

    def __post_init__(self) -> None:
        self.releases = Releases(self.rows, self.scenery, self.service)
        self.deployments = Deployments(self.rows, self.scenery, self.service, self.until)

    def run(self, start: datetime) -> None:
        """From a Monday on."""
        rest = start
        for week in range(WEEKS):
            planned = drawn(self.service.name, week)
            for number in range(planned.choices((0, 1, 2), self.service.pace)[0]):
                random = drawn(self.service.name, week, number)
                day = start + timedelta(days=7 * week + 2 * number + random.randint(0, 1))
                at = day.replace(hour=random.choice(PUBLISH_HOURS), minute=random.randint(0, 59))
                at = calendar.next_slot(max(at, rest + timedelta(hours=2)))
                if at > self.until:
                    return
                came = self._travel(random, self.releases.publish(random, at))
                if came is None:
                    return
                rest = came

    def _travel(self, random: Random, release: Published, incident: int | None = None) -> datetime | None:
        """Until when it was, or None where that is not over yet."""
        at = self._attempt(random, release, "dev", release.published_at + minutes(random, 5, 20), failing=0.04)
        at = at and self._attempt(random, release, "test", at.ended_at + minutes(random, 10, 60), failing=0.08)
        if at is None:
            return None
        ready = at.ended_at
        if incident is None and random.random() < 0.1:
            ready, goes_on = self._defect(random, release, ready)
            if not goes_on:
                return ready
        at = self._attempt(random, release, "staging", ready + minutes(random, 10, 60), failing=0.05)
        return None if at is None else self._go_live(random, release, at, incident)

    def _attempt(
        self, random: Random, release: Published, environment: str, at: datetime, *, failing: float, **options: Any
    ) -> Deployment | None:
        """A deployment, and another one where it fails: the one that succeeded, or None."""
        first = self.deployments.run(random, release, environment, at, fails=random.random() < failing, **options)
        if first is None or first.succeeded:
            return first
        again = first.ended_at + minutes(random, 30, 70)
        return self.deployments.run(random, release, environment, again, retry_of=first, **options)

    def _go_live(
        self, random: Random, release: Published, staged: Deployment, incident: int | None
    ) -> datetime | None:  # fmt: skip
        soaked = staged.ended_at + timedelta(minutes=cast.SOAK_MINUTES + 95)
        at = calendar.next_slot(soaked + minutes(random, 0, 240))
        if soaked <= self.until < min(at, soaked + timedelta(minutes=cast.APPROVAL_MINUTES)):
            self.deployments.ask(release, soaked, self.scenery.team_of(self.service)[0])
            return None
        live = self._attempt(random, release, "production", at, failing=0.04, incident=incident)
        if live is None:
            return None
        if incident is not None:
            self._resolve(incident, live.ended_at + minutes(random, 5, 30), f"Fixed with {release.version}.")
        elif random.random() < 0.12:
            return self._trouble(random, release, live)
        return live.ended_at

    def _trouble(self, random: Random, release: Published, live: Deployment) -> datetime | None:
        """Something goes wrong after a deployment: rolled back, fixed by the next release, or left for later."""
        is_late, is_urgent, is_rolled_back = random.random() < 0.35, random.random() < 0.8, random.random() < 0.6
        opened = live.ended_at + (minutes(random, 20 * 60, 50 * 60) if is_late else minutes(random, 10, 150))
        if opened > self.until:
            return live.ended_at
        incident = self._incident(random, live, opened, is_urgent=is_urgent)
        if not is_urgent:
            over = opened + minutes(random, 600, 3000)
            if over < self.until:
                self._resolve(incident, over, "Restarted; the cause is known and will be gone with the next release.")
            return max(live.ended_at, opened)
        if is_rolled_back and live.previous is not None:
            back = self.deployments.roll_back(
                random, live, live.previous.release, opened + minutes(random, 20, 60), incident
            )
            if back is None:
                return None
            self._resolve(incident, back.ended_at + minutes(random, 5, 30), f"Rolled back from {release.version}.")
            self._report(release, opened + timedelta(minutes=15), "high", until=back.ended_at + timedelta(days=1))
            return back.ended_at
        published = opened + minutes(random, 60, 180)
        if published > self.until:
            return None
        return self._travel(random, self.releases.publish(random, published, is_fix=True), incident)

    def _incident(self, random: Random, live: Deployment, opened: datetime, *, is_urgent: bool) -> int:
        people = self.scenery.people
        return self.rows.add(
            "incidents", created_at=opened, service_id=live.service_id, environment_id=live.environment_id,
            title=random.choice(cast.TROUBLES), severity="high" if is_urgent else "medium",
            needs_intervention=is_urgent, opened_at=opened,
            opened_by=people[random.choice(self.scenery.members(cast.ON_CALL))], deployment_id=live.id,
            attribution="It began with this deployment, and what is in the logs is new in it.",
            resolved_at=None, resolved_by=None, resolution="",
        )  # fmt: skip

    def _resolve(self, incident: int, at: datetime, how: str) -> None:
        resolver = self.scenery.people[self.scenery.team_of(self.service)[0]]
        self.rows.change("incidents", incident, resolved_at=at, resolved_by=resolver, resolution=how)

    def _defect(self, random: Random, release: Published, at: datetime) -> tuple[datetime, bool]:
        """Until when it was open, and whether the release goes on."""
        goes_on = random.random() < 0.6
        resolved = at + minutes(random, 120, 600)
        self._report(release, at + minutes(random, 20, 90), "medium" if goes_on else "high", until=resolved)
        return resolved, goes_on

    def _report(self, release: Published, at: datetime, severity: str, *, until: datetime) -> None:
        is_over = until < self.until
        resolver = self.scenery.people[self.scenery.team_of(self.service)[-1]]
        self.rows.add(
            "defects", created_at=at, release_id=release.id, title=f"{release.version} does not do what it says",
            severity=severity, reported_by=self.scenery.people["mei"],
            resolved_by=resolver if is_over else None, resolved_at=until if is_over else None,
            resolution="Gone with a later version." if is_over else "",
        )  # fmt: skip
