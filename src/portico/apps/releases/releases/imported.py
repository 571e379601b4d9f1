"""Releases that were made before they came here: published at once, and never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from semver import Version

from portico.apps.releases import semver
from portico.apps.releases.releases import reads
from portico.apps.releases.releases.content import content_hash
from portico.apps.releases.releases.notes import made_from
from portico.apps.releases.releases.repository import ReleaseRepository
from portico.kernel import event_log
from portico.kernel.transaction import Transaction

Outcome = Literal["imported", "known", "moved", "draft"]
"""`moved`: the version is here and is another commit. `draft`: somebody is about to make it here."""


async def add_imported(
    write: Transaction, *, service_id: int, version: Version, git_sha: str, notes: str,
    changes: Sequence[Mapping[str, Any]], tagged_at: datetime | None, user_id: int | None, actor: event_log.Actor,
    now: datetime,
) -> Outcome:  # fmt: skip
    """Publish a version of a service as a repository has it, where it is not here yet.

    For somebody who was allowed to when this was queued. Without `notes` they are made from the changes.
    """
    releases = ReleaseRepository(write)
    precedence = semver.precedence(version)
    release = await releases.add(
        service_id=service_id, semver=str(version), precedence=precedence, git_sha=git_sha,
        notes=notes or made_from(changes), tagged_at=tagged_at, is_imported=True, created_by=user_id,
    )  # fmt: skip
    if release is None:
        return await _known_as(write, service_id, precedence, git_sha)
    await releases.set_changes(release.id, changes)
    content = content_hash(
        service_id=service_id, version=str(version), git_sha=git_sha, artifacts=[], changes=changes
    )  # fmt: skip
    release.change(state="published", content_hash=content, published_at=now, published_by=user_id)
    await event_log.add(
        write, app="releases", actor=actor, action="release.imported", object=f"release:{release.id}",
        details={"version": str(version), "git_sha": git_sha, "content_hash": content},
    )  # fmt: skip
    return "imported"


async def _known_as(write: Transaction, service_id: int, precedence: str, git_sha: str) -> Outcome:
    found = await reads.of_version(await write.connection(), service_id, precedence)
    if found is None or found["state"] == "draft":
        return "draft"
    return "known" if found["git_sha"] == git_sha else "moved"
