"""Audit: the vectors of texts, where the server has the extension `vector`."""

from pathlib import Path

from alembic import op

revision = "20261125_audit_vectors"
down_revision = "20261125_audit_rules"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((SQL / "audit_vectors.sql").read_text().replace("%", "%%"))


def downgrade() -> None:
    """The extension stays: it is the database's, and others may use it."""
    op.execute("DROP TABLE IF EXISTS audit.chunk_vectors")
