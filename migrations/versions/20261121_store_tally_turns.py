"""Store: writers of one slot of the tally take turns."""

from pathlib import Path

from alembic import op

revision = "20261121_tally"
down_revision = "20261121_seeded"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute((SQL / "store_tally_turns.sql").read_text())


def downgrade() -> None:
    op.execute("""
        CREATE OR REPLACE FUNCTION store.add_to_tally(category_ids bigint[], sign integer) RETURNS void
        LANGUAGE sql AS $$
            INSERT INTO store.product_tally AS t (category_id, slot, products)
            SELECT id, pg_backend_pid() % 16, sign * count(*)
            FROM unnest(category_ids) AS id GROUP BY id ORDER BY id
            ON CONFLICT (category_id, slot) DO UPDATE SET products = t.products + excluded.products
        $$""")
