"""Audit: what never changes, and what is never deleted."""

from pathlib import Path

from alembic import op

revision = "20261125_audit_rules"
down_revision = "20261125_audit_samples"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((SQL / "audit_rules.sql").read_text().replace("%", "%%"))


def downgrade() -> None:
    """What the earlier revisions drop with their tables and the schema stays until then."""
    op.execute("DROP TRIGGER keep_evidence ON portico.files")
    op.execute("DROP TRIGGER keep_evidence_rows ON portico.files")
    op.execute(
        """
        DO $$
        DECLARE
            found record;
        BEGIN
            FOR found IN SELECT c.relname AS name, t.tgname AS trigger
                FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
                WHERE c.relnamespace = 'audit'::regnamespace AND NOT t.tgisinternal
            LOOP
                EXECUTE format('DROP TRIGGER %I ON audit.%I', found.trigger, found.name);
            END LOOP;
            FOR found IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'audit'::regnamespace
            LOOP
                EXECUTE format('DROP FUNCTION %s', found.name);
            END LOOP;
        END $$"""
    )
