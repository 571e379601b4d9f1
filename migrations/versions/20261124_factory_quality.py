"""Factory: inspections, nonconformances, recalls."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_factory_quality"
down_revision = "20261124_factory_ledger"
branch_labels = None
depends_on = None

SCHEMA = "factory"
TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::uuid")


def upgrade() -> None:
    op.create_table(
        "inspections",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("piece_id", sa.BigInteger(), nullable=True),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("measurements", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.CheckConstraint("result IN ('pass', 'fail')", name=op.f("inspections_result_check")),
        sa.CheckConstraint("num_nonnulls(lot_id, piece_id, operation_id) = 1", name=op.f("inspections_subject_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("inspections_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "operation_id"],
            ["factory.operations.company_id", "factory.operations.id"],
            name=op.f("inspections_company_id_operation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "piece_id"],
            ["factory.pieces.company_id", "factory.pieces.id"],
            name=op.f("inspections_company_id_piece_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("inspections_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("inspections_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("inspections_company_id_lot_id_idx"), "inspections", ["company_id", "lot_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        op.f("inspections_company_id_operation_id_idx"),
        "inspections",
        ["company_id", "operation_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("inspections_company_id_piece_id_idx"),
        "inspections",
        ["company_id", "piece_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "nonconformances",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("piece_id", sa.BigInteger(), nullable=True),
        sa.Column("inspection_id", sa.BigInteger(), nullable=True),
        sa.Column("block_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(disposition IS NULL) = (state IN ('open', 'contained'))", name=op.f("nonconformances_decided_check")
        ),
        sa.CheckConstraint(
            "disposition IN ('use_as_is', 'rework', 'scrap', 'return_to_supplier')",
            name=op.f("nonconformances_disposition_check"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'contained', 'dispositioned', 'closed')", name=op.f("nonconformances_state_check")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "inspection_id"],
            ["factory.inspections.company_id", "factory.inspections.id"],
            name=op.f("nonconformances_company_id_inspection_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("nonconformances_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "piece_id"],
            ["factory.pieces.company_id", "factory.pieces.id"],
            name=op.f("nonconformances_company_id_piece_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("nonconformances_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("nonconformances_pkey")),
        sa.UniqueConstraint("company_id", "number", name=op.f("nonconformances_company_id_number_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("nonconformances_company_id_lot_id_idx"),
        "nonconformances",
        ["company_id", "lot_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("nonconformances_company_id_piece_id_idx"),
        "nonconformances",
        ["company_id", "piece_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("nonconformances_company_id_state_id_idx"),
        "nonconformances",
        ["company_id", "state", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "recalls",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("supplier_lot", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("recalls_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("recalls_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("recalls_pkey")),
        sa.UniqueConstraint("company_id", "number", name=op.f("recalls_company_id_number_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "recall_units",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("recall_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_before", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("locations", sa.Text(), server_default="", nullable=False),
        sa.Column("shipments", sa.Text(), server_default="", nullable=False),
        sa.Column("customers", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "recall_id"],
            ["factory.recalls.company_id", "factory.recalls.id"],
            name=op.f("recall_units_company_id_recall_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("recall_units_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "recall_id", "lot_id", name=op.f("recall_units_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "blocks",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("recall_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), server_default="", nullable=False),
        sa.Column("lift_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "lot_id"],
            ["factory.lots.company_id", "factory.lots.id"],
            name=op.f("blocks_company_id_lot_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "recall_id"],
            ["factory.recalls.company_id", "factory.recalls.id"],
            name=op.f("blocks_company_id_recall_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("blocks_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("blocks_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("blocks_company_id_lot_id_id_idx"), "blocks", ["company_id", "lot_id", "id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "blocks_open", "blocks", ["company_id", "lot_id"], unique=False, schema=SCHEMA,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )  # fmt: skip
    op.create_foreign_key(
        op.f("nonconformances_company_id_block_id_fkey"), "nonconformances", "blocks", ["company_id", "block_id"],
        ["company_id", "id"], source_schema=SCHEMA, referent_schema=SCHEMA,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_constraint("nonconformances_company_id_block_id_fkey", "nonconformances", schema=SCHEMA)
    op.drop_table("blocks", schema=SCHEMA)
    op.drop_table("recall_units", schema=SCHEMA)
    op.drop_table("recalls", schema=SCHEMA)
    op.drop_table("nonconformances", schema=SCHEMA)
    op.drop_table("inspections", schema=SCHEMA)
