"""Deliveries as they are shown, and what a delivery speaks of, as we know it."""

from typing import Any

from portico.apps.releases.semver import parse
from portico.apps.releases.users.realm import realm
from portico.kernel.database import Connection, Row, fetch_all, fetch_one
from portico.kernel.paging import BIGGEST_ID, seal, unseal

ACCOUNT = realm.statement(
    "SELECT u.id, u.username, {roles} AS roles FROM {users} AS u"
    " WHERE lower(u.username) = %(name)s AND u.is_active AND u.role <> 'viewer'"
)
SERVICES = """
    SELECT id, name, tag_prefix FROM releases.services
    WHERE (%(name)s = '' OR lower(name) = lower(%(name)s))
      AND (%(urls)s::text[] = '{}' OR regexp_replace(lower(repository_url), '(\\.git)?/*$', '') = ANY(%(urls)s::text[]))
      AND (%(name)s <> '' OR %(urls)s::text[] <> '{}')
    ORDER BY id"""
ENVIRONMENT = "SELECT id, name FROM releases.environments WHERE lower(name) = lower(%(name)s)"
RELEASE = """
    SELECT id, semver AS version, state, git_sha, notes, version AS etag FROM releases.releases
    WHERE service_id = %(service_id)s AND semver = %(version)s"""
OF_COMMIT = """
    SELECT id, semver AS version, state FROM releases.releases
    WHERE service_id = %(service_id)s AND starts_with(git_sha, %(git_sha)s) AND git_sha <> ''
    ORDER BY precedence DESC LIMIT 1"""
OF_ARTIFACT = """
    SELECT id, semver AS version, state FROM releases.releases
    WHERE service_id = %(service_id)s AND artifacts @> jsonb_build_array(jsonb_build_object('digest', %(digest)s::text))
    ORDER BY precedence DESC LIMIT 1"""
LINKED = """
    SELECT deployment_id FROM releases.hook_deliveries
    WHERE source = %(source)s AND external = %(external)s AND deployment_id IS NOT NULL ORDER BY id DESC LIMIT 1"""
UNDER_WAY = """
    SELECT id FROM releases.deployments
    WHERE service_id = %(service_id)s AND environment_id = %(environment_id)s
      AND (%(release_id)s::bigint IS NULL OR release_id = %(release_id)s)
      AND state IN ('requested', 'awaiting_approval', 'scheduled', 'queued', 'running')
    ORDER BY state = 'running' DESC, id DESC LIMIT 1"""
IS_OF = """
    SELECT 1 AS is_of FROM releases.deployments
    WHERE id = %(id)s AND service_id = %(service_id)s AND environment_id = %(environment_id)s"""
STATE_OF = "SELECT state FROM releases.deployments WHERE id = %(id)s"
OPEN_INCIDENT = """
    SELECT i.id FROM releases.hook_deliveries AS h JOIN releases.incidents AS i ON i.id = h.incident_id
    WHERE h.source = %(source)s AND h.external = %(external)s AND i.resolved_at IS NULL ORDER BY i.id DESC LIMIT 1"""
WAS_RESOLVED = """
    SELECT 1 AS was FROM releases.hook_deliveries
    WHERE source = %(source)s AND external = %(external)s AND incident_id IS NULL AND event = 'incident.resolved'"""
ENDED = ("succeeded", "failed", "cancelled", "rejected", "expired")
SHOWN = "id, source, delivery_id, event, outcome, reason, object, said, created_at AS received_at"
MATCHING = """
    (%(source)s::text IS NULL OR source = %(source)s) AND (%(outcome)s::text IS NULL OR outcome = %(outcome)s)"""
PART = f"""
    SELECT {SHOWN} FROM releases.hook_deliveries WHERE id < %(before)s AND {MATCHING}
    ORDER BY id DESC LIMIT %(limit)s"""
COUNT = f"SELECT count(*) AS total FROM releases.hook_deliveries WHERE {MATCHING}"


async def account(connection: Connection, name: str) -> Row | None:
    """Whose rights a source has. Viewers are left out: everybody may register, under any name that is free."""
    return await fetch_one(connection, ACCOUNT, {"name": name})


async def services(connection: Connection, *, name: str, repositories: tuple[str, ...]) -> list[Row]:
    """The service of this name; without a name, those of these repositories."""
    urls = [url.lower().rstrip("/").removesuffix(".git") for url in repositories if url]
    return await fetch_all(connection, SERVICES, {"name": name, "urls": urls})


async def environment(connection: Connection, name: str) -> Row | None:
    return await fetch_one(connection, ENVIRONMENT, {"name": name})


async def release_of_version(connection: Connection, service_id: int, version: str) -> Row | None:
    return await fetch_one(connection, RELEASE, {"service_id": service_id, "version": version})


async def release_of(connection: Connection, service: Row, *, version: str, git_sha: str) -> Row | None:
    """What is deployed: by its version or its tag, else by the digest of an artifact, else by the commit."""
    number = version_in(version, service["tag_prefix"])
    params = {"service_id": service["id"], "version": number, "digest": version, "git_sha": git_sha}
    found = await fetch_one(connection, RELEASE, params) if number else None
    if found is None and version.startswith("sha256:"):
        found = await fetch_one(connection, OF_ARTIFACT, params)
    if found is None and len(git_sha) >= SHORTEST_SHA:
        found = await fetch_one(connection, OF_COMMIT, params)
    return found


SHORTEST_SHA = 7


def version_in(tag: str, prefix: str) -> str | None:
    """The version that a tag names, with the service's prefix before it or without."""
    for text in (tag.removeprefix(prefix), tag):
        try:
            return str(parse(text))
        except ValueError:
            continue
    return None


async def linked(connection: Connection, source: str, external: str) -> Row | None:
    """The deployment that we have made, or found, for one of the sender's."""
    return await fetch_one(connection, LINKED, {"source": source, "external": external}) if external else None


async def under_way(
    connection: Connection, *, service_id: int, environment_id: int, release_id: int | None
) -> int | None:
    """What has not ended there: of this release, or of any where none is named. What runs goes first."""
    params = {"service_id": service_id, "environment_id": environment_id, "release_id": release_id}
    found = await fetch_one(connection, UNDER_WAY, params)
    return found["id"] if found else None


async def is_of(connection: Connection, deployment_id: int, *, service_id: int, environment_id: int) -> bool:
    params = {"id": deployment_id, "service_id": service_id, "environment_id": environment_id}
    return await fetch_one(connection, IS_OF, params) is not None


async def state_of(connection: Connection, deployment_id: int) -> str:
    found = await fetch_one(connection, STATE_OF, {"id": deployment_id})
    return found["state"] if found else "gone"


async def open_incident(connection: Connection, source: str, external: str) -> int | None:
    """The incident that we have made for one of the sender's, while it is open."""
    found = await fetch_one(connection, OPEN_INCIDENT, {"source": source, "external": external})
    return found["id"] if found else None


async def was_resolved(connection: Connection, source: str, external: str) -> bool:
    """Whether the sender has said of this incident that it is over, when we did not know it yet."""
    return await fetch_one(connection, WAS_RESOLVED, {"source": source, "external": external}) is not None


async def deliveries(
    connection: Connection, *, source: str | None, outcome: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """A page, the newest first."""
    params = {"source": source, "outcome": outcome, "limit": limit}
    before = unseal(cursor, int)[0] if cursor else BIGGEST_ID
    rows = await fetch_all(connection, PART, {**params, "before": before})
    counted = await fetch_one(connection, COUNT, params) or {"total": 0}
    following = seal(rows[-1]["id"]) if len(rows) == limit else None
    return {"items": rows, "total": counted["total"], "next_cursor": following}
