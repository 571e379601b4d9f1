"""What is there before the sample year begins: teams, services, environments, rules, freezes, runbooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from portico.apps.releases.history import calendar, cast
from portico.apps.releases.history.rows import Rows


@dataclass(frozen=True)
class Scenery:
    """The ids of what has a name."""

    people: Mapping[str, int]
    teams: Mapping[str, int]
    groups: Mapping[str, int]
    environments: Mapping[str, int]
    services: Mapping[str, int]
    rules: Mapping[str, int]
    freezes: Mapping[str, int]

    def team_of(self, service: cast.SampleService) -> list[str]:
        return [person.username for person in cast.PEOPLE if person.team == service.team]

    def members(self, group: str) -> list[str]:
        return [person.username for person in cast.PEOPLE if group in person.groups]

    def by(self, username: str) -> tuple[int, str]:
        """Whoever did something, as the logs name them."""
        return self.people[username], username


def build(rows: Rows, people: Mapping[str, int], *, start: datetime, now: datetime) -> Scenery:
    """`people` are the ids of the accounts, which may have been there before."""
    teams = {
        name: rows.add("teams", created_at=start, name=name, description=text) for name, text in cast.TEAMS.items()
    }
    groups = {name: rows.add("groups", created_at=start, name=name) for name in cast.GROUPS}
    for person in cast.PEOPLE:
        wanted = list(teams) if person.role == "pipeline" else [person.team] if person.team else []
        for team in wanted:
            rows.join("team_members", team_id=teams[team], user_id=people[person.username])
        for group in person.groups:
            rows.join("group_members", group_id=groups[group], user_id=people[person.username])
    environments = _environments(rows, start)
    services = _services(rows, teams, start)
    _runbooks(rows, services, start)
    return Scenery(
        people, teams, groups, environments, services, _rules(rows, groups, services, start),
        _freezes(rows, groups, people, start=start, now=now),
    )  # fmt: skip


def _environments(rows: Rows, start: datetime) -> dict[str, int]:
    found = {
        name: rows.add(
            "environments", created_at=start, name=name, type=kind, rank=10 * rank, is_protected=kind == "production",
            required_gates=list(cast.GATES) if kind == "production" else [],
        )
        for rank, (name, kind) in enumerate(cast.ENVIRONMENTS, start=1)
    }  # fmt: skip
    lifecycle = rows.add("lifecycles", created_at=start, name="Standard")
    for position, (name, environment_id) in enumerate(found.items(), start=1):
        phase = rows.add(
            "phases", lifecycle_id=lifecycle, position=position, name=name.capitalize(),
            soak_minutes=cast.SOAK_MINUTES if name == "staging" else 0,
        )  # fmt: skip
        rows.join("phase_environments", phase_id=phase, environment_id=environment_id)
    return found


def _services(rows: Rows, teams: Mapping[str, int], start: datetime) -> dict[str, int]:
    return {
        service.name: rows.add(
            "services", created_at=start, name=service.name, description=service.description,
            team_id=teams[service.team], tier=service.tier, lifecycle_id=1,
            repository_url=f"https://git.example.com/{service.team.lower()}/{service.name}.git",
        )
        for service in cast.SERVICES
    }  # fmt: skip


def _rules(
    rows: Rows, groups: Mapping[str, int], services: Mapping[str, int], start: datetime
) -> dict[str, int]:  # fmt: skip
    def rule(name: str, group: str, *, service: str | None = None, emergency: bool = False) -> int:
        return rows.add(
            "approval_rules", created_at=start, name=name, environment_type="production",
            service_id=services[service] if service else None, group_id=groups[group], required=1,
            expires_minutes=cast.APPROVAL_MINUTES, is_emergency=emergency,
        )  # fmt: skip

    return {
        "planned": rule("The board lets it go live", cast.BOARD),
        "checkout": rule("Security looks at payments", cast.SECURITY, service="checkout"),
        "identity": rule("Security looks at sign-in", cast.SECURITY, service="identity"),
        "emergency": rule("Somebody on call agrees", cast.ON_CALL, emergency=True),
    }


def _freezes(
    rows: Rows, groups: Mapping[str, int], people: Mapping[str, int], *, start: datetime, now: datetime
) -> dict[str, int]:
    def freeze(name: str, reason: str, starts: datetime, ends: datetime | None = None, **recurrence: object) -> int:
        return rows.add(
            "freezes", created_at=start, name=name, reason=reason, environment_types=["production"], starts_at=starts,
            ends_at=ends, recurrence=recurrence.get("rule"), duration_minutes=recurrence.get("minutes"),
            time_zone="Europe/Berlin", override_group_id=groups[cast.BOARD], created_by=people["marco"],
        )  # fmt: skip

    found = {
        "weekend": freeze(
            "Weekend", "Few people are there to help.", calendar.weekend_before(start), rule=calendar.WEEKEND,
            minutes=calendar.WEEKEND_MINUTES,
        )
    }  # fmt: skip
    for year in range(start.year - 1, now.year + 1):
        starts, ends = calendar.year_end(year)
        if ends > start:
            found[f"holidays {year}"] = freeze(f"Holidays {year}", "Most of us are away.", starts, ends)
    return found


def _runbooks(rows: Rows, services: Mapping[str, int], start: datetime) -> None:
    for days, (title, service, text, steps) in enumerate(cast.RUNBOOKS):
        at = start + timedelta(days=days)
        rows.add(
            "runbooks", created_at=at, updated_at=at, title=title, text=text,
            service_id=services[service] if service else None,
            steps=[{"title": name, "text": what} for name, what in steps],
            steps_text="\n".join(f"{name} {what}" for name, what in steps),
        )  # fmt: skip
