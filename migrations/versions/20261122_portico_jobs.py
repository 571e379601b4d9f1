"""Portico: the queue of jobs."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "20261122_jobs"
down_revision = "20261121_tally"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("CREATE SCHEMA portico_queue")
    op.execute("SET LOCAL search_path = portico_queue")
    op.execute((SQL / "portico_queue_3_10_0.sql").read_text())
    op.execute("RESET search_path")
    op.execute((SQL / "portico_queue_access.sql").read_text())
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("losses", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text),
        sa.Column("traceparent", sa.Text),
        sa.PrimaryKeyConstraint("id", name="jobs_pkey"),
        schema="portico",
    )
    op.create_table(
        "job_effects",
        sa.Column("job_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "step", name="job_effects_pkey"),
        schema="portico",
    )


def downgrade() -> None:
    op.drop_table("job_effects", schema="portico")
    op.drop_table("jobs", schema="portico")
    op.execute("DROP SCHEMA portico_queue CASCADE")
