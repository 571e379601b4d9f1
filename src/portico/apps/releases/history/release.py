"""The releases of one service in the sample year: versions in the order of SemVer, changes, gates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1, sha256
from random import Random
from typing import Any

from portico.apps.releases import semver
from portico.apps.releases.history import cast
from portico.apps.releases.history.rows import Rows
from portico.apps.releases.history.scenery import Scenery
from portico.apps.releases.releases.content import content_hash


@dataclass(frozen=True)
class Published:
    id: int
    version: str
    content_hash: str
    published_at: datetime


class Releases:
    def __init__(self, rows: Rows, scenery: Scenery, service: cast.SampleService) -> None:
        self._rows = rows
        self._scenery = scenery
        self._service = service
        self._version = service.version
        self._last = 0

    def publish(self, random: Random, at: datetime, *, is_fix: bool = False) -> Published:
        """The next version: a fix has one change, which was just made."""
        changes = [self._change(random, at, "fix")] if is_fix else self._changes(random, at)
        release_id, version = self.draft(random, changes, created=at - timedelta(minutes=30))
        digest = self._digest(release_id, changes)
        publisher = self._scenery.people[random.choice(("marco", "mei"))]
        self._rows.seals.append({
            "id": release_id, "state": "published", "content_hash": digest, "published_by": publisher,
            "published_at": at,
        })  # fmt: skip
        for name in cast.GATES:
            when = at + timedelta(minutes=random.randint(1, 4))
            self._rows.add(
                "gates", created_at=when, updated_at=when, release_id=release_id, name=name, source="pipeline",
                status="passed", reported_by=self._scenery.people["pipeline"],
                url=f"https://builds.example.com/{self._service.name}/{version}/{name}",
            )  # fmt: skip
        return Published(release_id, version, digest, at)

    def draft(self, random: Random, changes: list[dict[str, Any]], *, created: datetime) -> tuple[int, str]:
        """One that is not published yet: its id and its version."""
        version = self._next(changes)
        name = self._service.name
        digest = sha256(f"{name} {version}".encode()).hexdigest()
        told = [change["subject"] for change in changes if change["kind"] in ("feat", "fix", "perf")]
        release_id = self._rows.add(
            "releases", created_at=created, service_id=self._scenery.services[name], semver=version,
            precedence=semver.precedence(semver.parse(version)), git_sha=changes[-1]["sha"],
            artifacts=[{"name": f"{name}-{version}.tar.gz", "digest": f"sha256:{digest}"}],
            notes="\n".join(f"* {subject}" for subject in told),
            created_by=self._scenery.people[random.choice(self._scenery.team_of(self._service))],
        )  # fmt: skip
        for position, change in enumerate(changes, start=1):
            self._rows.join("changes", release_id=release_id, position=position, **change)
        return release_id, version

    def candidate(self, random: Random, at: datetime) -> None:
        changes = self._changes(random, at)
        release_id, _ = self.draft(random, changes, created=at)
        self._rows.seals.append({
            "id": release_id, "state": "candidate", "content_hash": self._digest(release_id, changes),
            "published_by": None, "published_at": None,
        })  # fmt: skip

    def _digest(self, release_id: int, changes: list[dict[str, Any]]) -> str:
        row = self._rows.row("releases", release_id)
        return content_hash(
            service_id=row["service_id"], version=row["semver"], git_sha=row["git_sha"], artifacts=row["artifacts"],
            changes=changes,
        )  # fmt: skip

    def _changes(self, random: Random, at: datetime) -> list[dict[str, Any]]:
        kinds = random.choices(cast.KINDS, (5, 6, 1, 2, 1, 2), k=random.randint(2, 7))
        found = [self._change(random, at - timedelta(hours=random.randint(1, 70)), kind) for kind in kinds]
        found.sort(key=lambda change: change["committed_at"])
        if random.random() < 0.02:
            found[-1] |= {"is_breaking": True, "kind": "feat"}
        return found

    def _change(self, random: Random, at: datetime, kind: str) -> dict[str, Any]:
        self._last += 1
        return {
            "sha": sha1(f"{self._service.name} {self._last}".encode()).hexdigest(),  # noqa: S324 - as git does
            "kind": kind, "scope": random.choice(self._service.scopes), "is_breaking": False,
            "subject": random.choice(cast.WORK[kind]), "author": random.choice(self._scenery.team_of(self._service)),
            "committed_at": at - timedelta(minutes=random.randint(5, 55)),
        }  # fmt: skip

    def _next(self, changes: list[dict[str, Any]]) -> str:
        major, minor, patch = self._version
        if any(change["is_breaking"] for change in changes):
            self._version = (major + 1, 0, 0)
        elif any(change["kind"] == "feat" for change in changes):
            self._version = (major, minor + 1, 0)
        else:
            self._version = (major, minor, patch + 1)
        return ".".join(map(str, self._version))
