"""What a search finds: each type in its own table, and the best of all together."""

from operator import itemgetter
from typing import Any

from portico.kernel.database import Connection, Row
from portico.kernel.search import Search

SERVICE_NAME = "(SELECT s.name FROM releases.services AS s WHERE s.id = service_id)"
SEARCHES = {
    "runbook": Search(
        table="releases.runbooks", columns="id, title", texts=("title", "text", "steps_text"), whole=False
    ),
    "service": Search(
        table="releases.services", columns="id, name AS title", texts=("name", "description"), whole=False
    ),
    "release": Search(
        table="releases.releases", columns=f"id, {SERVICE_NAME} || ' ' || semver AS title",
        texts=("semver", "notes", "changes_text"), whole=False,
    ),
    "defect": Search(
        table="releases.defects", columns="id, title", texts=("title", "description", "resolution"), whole=False
    ),
    "incident": Search(
        table="releases.incidents", columns="id, title", texts=("title", "description", "resolution"), whole=False
    ),
}  # fmt: skip


async def found(
    connection: Connection, text: str, *, kind: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """The best of one type, which goes on behind a cursor, or of all types. One statement for each type."""
    kinds = [kind] if kind else list(SEARCHES)
    pages = {each: await SEARCHES[each].page(connection, text, {}, limit=limit, cursor=cursor) for each in kinds}
    rows = [_shown(each, row) for each, page in pages.items() for row in page.rows]
    totals = {each: page.total for each, page in pages.items()}
    return {
        "items": sorted(rows, key=itemgetter("rank"), reverse=True)[:limit],
        "totals": totals,
        "total": sum(totals.values()),
        "next_cursor": pages[kind].next_cursor if kind else None,
    }


def _shown(kind: str, row: Row) -> Row:
    texts = [each for each in row["highlights"].values() if each]
    marked = [each for each in texts if "<mark>" in each]
    return {
        "type": kind, "id": row["id"], "title": row["title"], "rank": row["rank"], "highlight": [*marked, *texts, ""][0]
    }  # fmt: skip
