"""What the forms of pages offer to choose from: names and ids, in one statement."""

from portico.kernel.database import Connection, fetch_all

Choice = tuple[int, str]

NAMES = """
    SELECT 'services' AS kind, id, name, 0 AS rank FROM releases.services
    UNION ALL SELECT 'teams', id, name, 0 FROM releases.teams
    UNION ALL SELECT 'groups', id, name, 0 FROM releases.groups
    UNION ALL SELECT 'environments', id, name, rank FROM releases.environments
    ORDER BY kind, rank, name, id"""


async def choices(connection: Connection) -> dict[str, list[Choice]]:
    """`services`, `teams`, `groups` and `environments`, each as pairs of id and name in their order."""
    found: dict[str, list[Choice]] = {"services": [], "teams": [], "groups": [], "environments": []}
    for row in await fetch_all(connection, NAMES):
        found[row["kind"]].append((row["id"], row["name"]))
    return found
