"""Factory: genealogy, the ledger and the stock."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_factory_ledger"
down_revision = "20261124_factory_lots"
branch_labels = None
depends_on = None

SCHEMA = "factory"
TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::uuid")


def upgrade() -> None:
    op.create_table(
        "genealogy",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("parent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("child_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("parent_id <> child_id", name=op.f("genealogy_circle_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "child_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("genealogy_company_id_child_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "parent_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("genealogy_company_id_parent_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "report_id"],
            ["factory.reports.company_id", "factory.reports.id"],
            name=op.f("genealogy_company_id_report_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("genealogy_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "parent_id", "child_id", name=op.f("genealogy_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("genealogy_company_id_child_id_idx"), "genealogy", ["company_id", "child_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "shipment_lines",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("shipment_lines_quantity_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("shipment_lines_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "shipment_id"],
            ["factory.shipments.company_id", "factory.shipments.id"],
            name=op.f("shipment_lines_company_id_shipment_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("shipment_lines_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "shipment_id", "lot_id", name=op.f("shipment_lines_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("shipment_lines_company_id_lot_id_idx"),
        "shipment_lines",
        ["company_id", "lot_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "stock",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("stock_on_hand_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "location_id"],
            ["factory.locations.company_id", "factory.locations.id"],
            name=op.f("stock_company_id_location_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("stock_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("stock_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "lot_id", "location_id", name=op.f("stock_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("stock_company_id_location_id_idx"), "stock", ["company_id", "location_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "movements",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("shipment_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("movements_reversal_check")),
        sa.CheckConstraint(
            "kind IN ('receive', 'issue', 'return', 'produce', 'scrap', 'move', 'adjust', 'split', 'merge', "
            "'ship', 'reversal')",
            name=op.f("movements_kind_check"),
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("movements_quantity_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "location_id"],
            ["factory.locations.company_id", "factory.locations.id"],
            name=op.f("movements_company_id_location_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("movements_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "operation_id"],
            ["factory.operations.company_id", "factory.operations.id"],
            name=op.f("movements_company_id_operation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "report_id"],
            ["factory.reports.company_id", "factory.reports.id"],
            name=op.f("movements_company_id_report_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "reverses_id"],
            ["factory.movements.company_id", "factory.movements.id"],
            name=op.f("movements_company_id_reverses_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "shipment_id"],
            ["factory.shipments.company_id", "factory.shipments.id"],
            name=op.f("movements_company_id_shipment_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("movements_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("movements_pkey")),
        sa.UniqueConstraint("company_id", "reverses_id", name=op.f("movements_company_id_reverses_id_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("movements_company_id_lot_id_id_idx"),
        "movements",
        ["company_id", "lot_id", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("movements_company_id_operation_id_idx"),
        "movements",
        ["company_id", "operation_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("movements_company_id_report_id_idx"),
        "movements",
        ["company_id", "report_id"],
        unique=False,
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("movements", schema=SCHEMA)
    op.drop_table("stock", schema=SCHEMA)
    op.drop_table("shipment_lines", schema=SCHEMA)
    op.drop_table("genealogy", schema=SCHEMA)
