"""Factory: the ledger's trigger, what never changes, row-level security on every table and the doors in it."""

from pathlib import Path

from alembic import op

revision = "20261124_factory_rules"
down_revision = "20261124_factory_quality"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"
WITHOUT_POLICIES = """
    DO $$
    DECLARE
        name text;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'factory' LOOP
            EXECUTE format('DROP POLICY tenant ON factory.%I', name);
            EXECUTE format('DROP POLICY door ON factory.%I', name);
            EXECUTE format('ALTER TABLE factory.%I NO FORCE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE factory.%I DISABLE ROW LEVEL SECURITY', name);
        END LOOP;
    END $$"""


def upgrade() -> None:
    for name in ("factory_rules", "factory_reach", "factory_tenancy"):
        op.get_bind().exec_driver_sql((SQL / f"{name}.sql").read_text().replace("%", "%%"))


def downgrade() -> None:
    """What the earlier revisions drop with their tables and the schema stays until then."""
    op.execute(WITHOUT_POLICIES)
    for function in (
        "company_of_account(text)", "company_of_badge(uuid, uuid)", "companies_for(uuid)", "company_ids()",
        "reach(bigint[], integer, boolean)",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION factory.{function}")
    for table, trigger in (("movements", "book"), ("routings", "keep_released"), ("routing_steps", "keep_steps")):
        op.execute(f"DROP TRIGGER {trigger} ON factory.{table}")
        op.execute(f"DROP FUNCTION factory.{trigger}()")
