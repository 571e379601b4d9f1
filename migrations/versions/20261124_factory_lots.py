"""Factory: lots and pieces, reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_factory_lots"
down_revision = "20261124_factory_planning"
branch_labels = None
depends_on = None

SCHEMA = "factory"
TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::uuid")


def upgrade() -> None:
    op.create_table(
        "lots",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("material_id", sa.BigInteger(), nullable=True),
        sa.Column("article_id", sa.BigInteger(), nullable=True),
        sa.Column("work_order_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="quarantine", nullable=False),
        sa.Column("state_before", sa.Text(), server_default="", nullable=False),
        sa.Column("supplier", sa.Text(), server_default="", nullable=False),
        sa.Column("supplier_lot", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('quarantine', 'released', 'blocked', 'rejected', 'consumed', 'expired', 'shipped')",
            name=op.f("lots_state_check"),
        ),
        sa.CheckConstraint("material_id IS NOT NULL OR article_id IS NOT NULL", name=op.f("lots_kind_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "article_id"],
            ["factory.articles.company_id", "factory.articles.id"],
            name=op.f("lots_company_id_article_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "material_id"],
            ["factory.materials.company_id", "factory.materials.id"],
            name=op.f("lots_company_id_material_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "work_order_id"],
            ["factory.work_orders.company_id", "factory.work_orders.id"],
            name=op.f("lots_company_id_work_order_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("lots_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("lots_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("lots_company_id_code_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("lots_company_id_state_id_idx"), "lots", ["company_id", "state", "id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        op.f("lots_company_id_supplier_lot_idx"), "lots", ["company_id", "supplier_lot"], unique=False, schema=SCHEMA
    )
    op.create_index(
        op.f("lots_company_id_work_order_id_idx"), "lots", ["company_id", "work_order_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "lots_expiring", "lots", ["company_id", "expires_on"], unique=False, schema=SCHEMA,
        postgresql_where=sa.text("expires_on IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "pieces",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("assembly_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("outer_length", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("inner_length", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("left_angle", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("right_angle", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("profile", sa.Text(), server_default="", nullable=False),
        sa.Column("colour", sa.Text(), server_default="", nullable=False),
        sa.Column("material", sa.Text(), server_default="", nullable=False),
        sa.Column("bar_id", sa.Text(), server_default="", nullable=False),
        sa.Column("bar_length", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("bar_rest", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("trolley", sa.Text(), server_default="", nullable=False),
        sa.Column("cell", sa.Text(), server_default="", nullable=False),
        sa.Column("operations", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("work_order_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'in_production', 'completed', 'shipped', 'scrapped', 'rework')",
            name=op.f("pieces_state_check"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "article_id"],
            ["factory.articles.company_id", "factory.articles.id"],
            name=op.f("pieces_company_id_article_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "assembly_id"],
            ["factory.assemblies.company_id", "factory.assemblies.id"],
            name=op.f("pieces_company_id_assembly_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("pieces_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "replaces_id"],
            ["factory.pieces.company_id", "factory.pieces.id"],
            name=op.f("pieces_company_id_replaces_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "work_order_id"],
            ["factory.work_orders.company_id", "factory.work_orders.id"],
            name=op.f("pieces_company_id_work_order_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("pieces_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pieces_pkey")),
        sa.UniqueConstraint("company_id", "barcode", name=op.f("pieces_company_id_barcode_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("pieces_company_id_assembly_id_idx"), "pieces", ["company_id", "assembly_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        op.f("pieces_company_id_lot_id_idx"), "pieces", ["company_id", "lot_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        op.f("pieces_company_id_replaces_id_idx"), "pieces", ["company_id", "replaces_id"], unique=True, schema=SCHEMA
    )
    op.create_index(
        "pieces_replacements_idx", "pieces", ["company_id", "work_order_id"], unique=False, schema=SCHEMA,
        postgresql_where=sa.text("replaces_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        op.f("pieces_company_id_work_order_id_idx"),
        "pieces",
        ["company_id", "work_order_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "reports",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("workstation_id", sa.BigInteger(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("scrap", sa.Integer(), nullable=False),
        sa.Column("rework", sa.Integer(), nullable=False),
        sa.Column("reworked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("over_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("has_pieces", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(reverses_id IS NULL AND good >= 0 AND scrap >= 0 AND rework >= 0 AND reworked >= 0) OR "
            "(reverses_id IS NOT NULL AND good <= 0 AND scrap <= 0 AND rework <= 0 AND reworked <= 0)",
            name=op.f("reports_counts_check"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "operation_id"],
            ["factory.operations.company_id", "factory.operations.id"],
            name=op.f("reports_company_id_operation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workstation_id"],
            ["factory.workstations.company_id", "factory.workstations.id"],
            name=op.f("reports_company_id_workstation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("reports_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("reports_pkey")),
        sa.ForeignKeyConstraint(
            ["company_id", "reverses_id"],
            ["factory.reports.company_id", "factory.reports.id"],
            name=op.f("reports_company_id_reverses_id_fkey"),
        ),
        sa.UniqueConstraint("company_id", "key", name=op.f("reports_company_id_key_key")),
        sa.UniqueConstraint("company_id", "reverses_id", name=op.f("reports_company_id_reverses_id_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("reports_company_id_operation_id_idx"),
        "reports",
        ["company_id", "operation_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("reports_company_id_workstation_id_at_idx"),
        "reports",
        ["company_id", "workstation_id", "at"],
        unique=False,
        schema=SCHEMA,
        postgresql_include=["id", "operation_id", "good", "scrap", "rework", "reverses_id"],
    )
    op.create_index(
        "reports_reversals", "reports", ["company_id", "workstation_id"], unique=False, schema=SCHEMA,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "report_scrap",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity <> 0", name=op.f("report_scrap_quantity_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "reason_id"],
            ["factory.scrap_reasons.company_id", "factory.scrap_reasons.id"],
            name=op.f("report_scrap_company_id_reason_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "report_id"],
            ["factory.reports.company_id", "factory.reports.id"],
            name=op.f("report_scrap_company_id_report_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("report_scrap_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "report_id", "reason_id", name=op.f("report_scrap_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "consumptions",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issued", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("in_product", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("scrapped", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("returned", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("lost", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(issued > 0 AND in_product >= 0 AND scrapped >= 0 AND returned >= 0 AND lost >= 0) OR "
            "(issued < 0 AND in_product <= 0 AND scrapped <= 0 AND returned <= 0 AND lost <= 0)",
            name=op.f("consumptions_parts_check"),
        ),
        sa.CheckConstraint("issued = in_product + scrapped + returned + lost", name=op.f("consumptions_balance_check")),
        sa.CheckConstraint("issued <> 0", name=op.f("consumptions_issued_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("consumptions_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "report_id"],
            ["factory.reports.company_id", "factory.reports.id"],
            name=op.f("consumptions_company_id_report_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("consumptions_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "report_id", "lot_id", name=op.f("consumptions_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("consumptions_company_id_lot_id_idx"),
        "consumptions",
        ["company_id", "lot_id"],
        unique=False,
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("consumptions", schema=SCHEMA)
    op.drop_table("report_scrap", schema=SCHEMA)
    op.drop_table("reports", schema=SCHEMA)
    op.drop_table("pieces", schema=SCHEMA)
    op.drop_table("lots", schema=SCHEMA)
