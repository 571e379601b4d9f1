"""The next version of a service: it is worked out, and nothing is written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from semver import Version

from portico.apps.releases import conventional
from portico.apps.releases.next_version import Bump, bump_of, decide, reason_of
from portico.apps.releases.semver import parse, precedence
from portico.apps.releases.versioning import reads
from portico.kernel.database import Connection, Row


async def next_version(
    connection: Connection, service_id: int, *, commits: Sequence[Mapping[str, Any]] | None,
    within: Mapping[str, str | None] | None, pre: str | None,
) -> dict[str, Any]:  # fmt: skip
    """The next version after those that are not drafts any more, by these commits or by the changes in a range."""
    rows = await reads.versions(connection, service_id)
    given = within or {}
    after, until = (None if text is None else parse(text) for text in (given.get("after"), given.get("until")))
    known = _known([parse(row["semver"]) for row in rows if row["state"] != "draft"], after, until)
    if commits is None:
        found = await _changes(connection, service_id, after or _last_final(known), until)
    else:
        found = [{"sha": each["sha"], **vars(conventional.parse(each["message"]))} for each in commits]
    weighed = [_weighed(each) for each in found]
    bump = max((bump_of(each["kind"], is_breaking=each["is_breaking"]) for each in found), default=Bump.NONE)
    decision = decide(known, bump, pre=pre)
    return {
        "service_id": service_id,
        "current": _text(decision.current),
        "version": _text(decision.version),
        "bump": bump.word,
        "reason": decision.reason,
        "release_id": _draft(rows, decision.version),
        "commits": weighed,
    }


def _known(versions: Iterable[Version], after: Version | None, until: Version | None) -> list[Version]:
    """Those that count: all, or up to the range's start and the pre-releases in it."""
    if after is None:
        return list(versions)
    return [
        each for each in versions if each <= after or (each.prerelease is not None and (until is None or each <= until))
    ]


def _last_final(known: Iterable[Version]) -> Version | None:
    return max((each for each in known if each.prerelease is None), default=None)


async def _changes(
    connection: Connection, service_id: int, after: Version | None, until: Version | None
) -> list[dict[str, Any]]:
    """Each commit once: a final release has those of its candidates, too."""
    rows = await reads.changes(
        connection, service_id, after=None if after is None else precedence(after),
        until=None if until is None else precedence(until),
    )  # fmt: skip
    return list({row["sha"]: row for row in rows}.values())


def _weighed(change: Mapping[str, Any]) -> dict[str, Any]:
    kind, is_breaking = change["kind"], change["is_breaking"]
    return {
        **{name: change[name] for name in ("sha", "kind", "scope", "is_breaking", "subject")},
        "bump": bump_of(kind, is_breaking=is_breaking).word,
        "reason": reason_of(kind, is_breaking=is_breaking),
    }


def _draft(rows: Sequence[Row], version: Version | None) -> int | None:
    if version is None:
        return None
    return next((row["id"] for row in rows if precedence(parse(row["semver"])) == precedence(version)), None)


def _text(version: Version | None) -> str | None:
    return None if version is None else str(version)
