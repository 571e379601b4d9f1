"""The rules of releases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from portico.apps.releases import conventional, events, semver
from portico.apps.releases.defects import reads as defects
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.releases import reads
from portico.apps.releases.releases.content import content_hash
from portico.apps.releases.releases.models import DEFECTS, RELEASE_STATES, Release
from portico.apps.releases.releases.repository import ReleaseRepository
from portico.apps.releases.services import reads as services
from portico.kernel import event_log
from portico.kernel.database import Row
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.state_machine import May, Possibility
from portico.kernel.transaction import Transaction

Values = Mapping[str, Any]


class ReleaseNotFound(NotFound):
    message = "No such release"


class VersionTaken(Conflict):
    """The service has a release of this version, or of one that differs in build metadata alone."""


class NoDraft(Conflict):
    """What a candidate is stands in its hash, and a published release never changes."""


class StillRuns(Conflict):
    """What is archived is done with."""


class ReleaseService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._access = access
        self._releases = ReleaseRepository(write)

    async def create(self, *, service_id: int, version: str, changes: Sequence[Values] = (), **values: Any) -> int:
        """Add a draft and answer its id. Raises `InvalidInput`, `Forbidden`, `VersionTaken`."""
        team_id = await services.team_of(await self._write.connection(), service_id)
        if team_id is None:
            raise InvalidInput(details={"service_id": "is no service"})
        self._access.require_for(Action.EDIT_DRAFT, team_id)
        content = {"version": version, **values}
        lines = [parsed(each) for each in changes]
        precedence = semver.precedence(semver.parse(version))
        release = await self._releases.add(
            service_id=service_id, semver=version, precedence=precedence, created_by=self._access.user_id, **values
        )
        if release is None:
            raise await self._taken(service_id, precedence, {**content, "changes": lines})
        await self._releases.set_changes(release.id, lines)
        await self._tell(release, "created", {"version": version})
        return release.id

    async def change(self, release_id: int, match: IfMatch, **values: Any) -> None:
        """Set these of a draft's values. Raises `ReleaseNotFound`, `Forbidden`, `NoDraft`, `VersionTaken`."""
        release = await self._draft(release_id, match)
        if not values:
            return
        details = sorted(values)
        changes = values.pop("changes", None)
        version = values.pop("version", None)
        if version is not None:
            values |= await self._renamed(release, version)
        if changes is not None:
            await self._releases.set_changes(release.id, [parsed(each) for each in changes])
        release.change(**values)
        await self._tell(release, "changed", {"fields": details})

    async def delete(self, release_id: int, match: IfMatch) -> None:
        """Raises `ReleaseNotFound`, `Forbidden`, `NoDraft`."""
        release = await self._draft(release_id, match)
        await self._tell(release, "deleted", {"version": release.semver})
        await self._releases.delete(release)

    async def make_candidate(self, release_id: int) -> None:
        """Raises `ReleaseNotFound`, `Forbidden`, `IllegalTransition`."""
        release, may = await self._with_rights(release_id)
        release.change(state=RELEASE_STATES.advance(release, "candidate", may), content_hash=await self._hash(release))
        await self._tell(release, "candidate", {"content_hash": release.content_hash})

    async def publish(self, release_id: int, now: datetime) -> None:
        """From here on it never changes; with a critical defect it is blocked at once.

        Raises `ReleaseNotFound`, `Forbidden`, `IllegalTransition`.
        """
        release, may = await self._with_rights(release_id)
        state = RELEASE_STATES.advance(release, "publish", may)
        release.change(
            state=state, content_hash=release.content_hash or await self._hash(release), published_at=now,
            published_by=self._access.user_id,
        )  # fmt: skip
        await self._tell(release, "published", {"content_hash": release.content_hash})
        found = await defects.open_of(await self._write.connection(), release.id)
        if any(defect["severity"] == "critical" for defect in found):
            await self.block(release, "A critical defect was open before it was published.")

    async def withdraw(self, release_id: int, reason: str) -> list[Row]:
        """It starts nowhere any more; answers where it runs all the same.

        Raises `ReleaseNotFound`, `Forbidden`, `IllegalTransition`.
        """
        release, may = await self._with_rights(release_id)
        release.change(state=RELEASE_STATES.advance(release, "withdraw", may))
        await self._tell(release, "withdrawn", {"reason": reason})
        return await reads.running(await self._write.connection(), release_id)

    async def archive(self, release_id: int) -> None:
        """Raises `ReleaseNotFound`, `Forbidden`, `IllegalTransition`, `StillRuns`."""
        release, may = await self._with_rights(release_id)
        state = RELEASE_STATES.advance(release, "archive", may)
        places = await reads.running(await self._write.connection(), release_id)
        if places:
            names = list(dict.fromkeys(place["environment"] for place in places))
            raise StillRuns(f"It runs in {', '.join(names)}.", details={"environments": names})
        release.change(state=state)
        await self._tell(release, "archived", {})

    async def block(self, release: Release, reason: str) -> None:
        """For defects. It starts nowhere until `unblock`. Raises `IllegalTransition`; give a release that is locked."""
        release.change(state=RELEASE_STATES.advance(release, "block", _as_defect))
        await self._tell(release, "blocked", {"reason": reason})

    async def unblock(self, release: Release) -> None:
        """Raises `IllegalTransition`; give a release that is locked."""
        release.change(state=RELEASE_STATES.advance(release, "unblock", _as_defect))
        await self._tell(release, "unblocked", {})

    async def locked(self, release_id: int) -> Release:
        """The release, locked until the end of the transaction. Raises `ReleaseNotFound`."""
        release = await self._releases.lock(release_id)
        if release is None:
            raise ReleaseNotFound
        return release

    async def _draft(self, release_id: int, match: IfMatch) -> Release:
        release = await self.locked(release_id)
        self._access.require_for(Action.EDIT_DRAFT, await self._team(release))
        match.check(release.version)
        if release.state != "draft":
            raise NoDraft(
                f"It is {release.state}: only drafts are edited or removed.", details={"state": release.state}
            )
        return release

    async def _with_rights(self, release_id: int) -> tuple[Release, May]:
        release = await self.locked(release_id)
        return release, may_of(self._access, await self._team(release))

    async def _team(self, release: Release) -> int:
        team_id = await services.team_of(await self._write.connection(), release.service_id)
        if team_id is None:
            raise ReleaseNotFound
        return team_id

    async def _renamed(self, release: Release, version: str) -> Values:
        precedence = semver.precedence(semver.parse(version))
        if precedence != release.precedence:
            found = await reads.of_version(await self._write.connection(), release.service_id, precedence)
            if found is not None:
                raise _taken(found)
        return {"semver": version, "precedence": precedence}

    async def _hash(self, release: Release) -> str:
        changes = await reads.changes(await self._write.connection(), release.id)
        return content_hash(
            service_id=release.service_id, version=release.semver, git_sha=release.git_sha,
            artifacts=release.artifacts, changes=changes,
        )  # fmt: skip

    async def _taken(self, service_id: int, precedence: str, wanted: dict[str, Any]) -> Conflict:
        found = await reads.of_version(await self._write.connection(), service_id, precedence)
        if found is None:  # it was a draft, and was removed meanwhile
            return VersionTaken("Somebody else has just had this version: send it again.")
        if found["content_hash"] is not None:
            wanted = {name: wanted.get(name, []) for name in ("version", "git_sha", "artifacts", "changes")}
            found["is_same"] = content_hash(service_id=service_id, **wanted) == found["content_hash"]
        return _taken(found)

    async def _tell(self, release: Release, what: str, details: Values) -> None:
        action = f"release.{what}"
        await event_log.add(
            self._write, app="releases", actor=self._access.actor, action=action, object=f"release:{release.id}",
            details=details,
        )  # fmt: skip
        payload = {
            "id": release.id, "service_id": release.service_id, "version": release.semver, "state": release.state,
            "git_sha": release.git_sha, "content_hash": release.content_hash,
        }  # fmt: skip
        await events.tell(self._write, action, key=f"release:{release.id}", payload=payload)


def parsed(change: Values) -> dict[str, Any]:
    """A change as it is stored: its message told by Conventional Commits."""
    commit = conventional.parse(change["message"])
    return {
        "sha": change["sha"], "kind": commit.kind, "scope": commit.scope, "is_breaking": commit.is_breaking,
        "subject": commit.subject, "author": change.get("author", ""), "committed_at": change.get("committed_at"),
    }  # fmt: skip


def may_of(access: Access, team_id: int) -> May:
    """What the caller may do with a release of this team."""
    return lambda permission: permission != DEFECTS and access.may_for(permission, team_id)


def possibilities(release: Row, access: Access) -> list[Possibility]:
    """What the caller may do now with a release as it was read, and why not the rest."""
    known = RELEASE_STATES.actions_of(SimpleNamespace(**release), may_of(access, release["team_id"]))
    return [each for each in known if each.action not in ("block", "unblock")]


def _as_defect(permission: Any) -> bool:
    return bool(permission == DEFECTS)


def _taken(found: Row) -> VersionTaken:
    same = found.pop("is_same", None)
    text = f"Release {found['id']} is version {found['version']}."
    if same is not None:
        text += " It has this content." if same else " It has other content, which never changes."
    return VersionTaken(text, details={"release_id": found["id"], "state": found["state"], "same_content": same})
