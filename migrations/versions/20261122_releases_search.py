"""Releases: services, releases, defects and incidents are found by their words, as runbooks are."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_releases_search"
down_revision = "20261122_releases_operations"
branch_labels = None
depends_on = None

SCHEMA = "releases"
TRIGGERS = Path(__file__).parents[1] / "sql" / "releases_search.sql"
FOUND = {
    "services": {"name": "A", "description": "B"},
    "releases": {"semver": "A", "notes": "B", "changes_text": "C"},
    "defects": {"title": "A", "description": "B", "resolution": "C"},
    "incidents": {"title": "A", "description": "B", "resolution": "C"},
}


def _vector(weights: dict[str, str]) -> str:
    """Each word by its stem and as it is written, with gaps between the columns."""
    return r" || ''' ''\:100'::tsvector || ".join(
        f"setweight(to_tsvector('{config}'::regconfig, COALESCE({column}, ''::text)), '{weight}'::\"char\")"
        for column, weight in weights.items()
        for config in ("english", "simple")
    )


def upgrade() -> None:
    op.add_column(
        "releases", sa.Column("changes_text", sa.Text(), server_default="", nullable=False), schema=SCHEMA
    )  # fmt: skip
    for table, weights in FOUND.items():
        search = sa.Computed(_vector(weights), persisted=True)
        column = sa.Column("search", postgresql.TSVECTOR(), search, nullable=False)
        op.add_column(table, column, schema=SCHEMA)
        op.create_index(
            op.f(f"{table}_search_idx"), table, ["search"], unique=False, schema=SCHEMA, postgresql_using="gin"
        )
    op.execute(TRIGGERS.read_text())


def downgrade() -> None:
    for trigger in ("tell_added_changes", "tell_edited_changes", "tell_removed_changes"):
        op.execute(f"DROP TRIGGER {trigger} ON releases.changes")
    op.execute("DROP FUNCTION releases.tell_changes()")
    for table in reversed(FOUND):
        op.drop_index(op.f(f"{table}_search_idx"), table_name=table, schema=SCHEMA)
        op.drop_column(table, "search", schema=SCHEMA)
    op.drop_column("releases", "changes_text", schema=SCHEMA)
