"""Factory: shifts and downtimes, cut plans, shipments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_factory_planning"
down_revision = "20261124_factory_orders"
branch_labels = None
depends_on = None

SCHEMA = "factory"
TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::uuid")


def upgrade() -> None:
    op.create_table(
        "shifts",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workstation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("shifts_times_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "workstation_id"],
            ["factory.workstations.company_id", "factory.workstations.id"],
            name=op.f("shifts_company_id_workstation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("shifts_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("shifts_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("shifts_company_id_workstation_id_starts_at_idx"),
        "shifts",
        ["company_id", "workstation_id", "starts_at"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "downtimes",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workstation_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_planned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("downtimes_times_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "workstation_id"],
            ["factory.workstations.company_id", "factory.workstations.id"],
            name=op.f("downtimes_company_id_workstation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("downtimes_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("downtimes_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("downtimes_company_id_workstation_id_starts_at_idx"),
        "downtimes",
        ["company_id", "workstation_id", "starts_at"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "cut_plans",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("profile", sa.Text(), server_default="", nullable=False),
        sa.Column("kerf", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("trim", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("min_remnant", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("stock", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('draft', 'accepted')", name=op.f("cut_plans_state_check")),
        sa.CheckConstraint("kerf >= 0 AND trim >= 0 AND min_remnant >= 0", name=op.f("cut_plans_lengths_check")),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("cut_plans_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("cut_plans_pkey")),
        sa.UniqueConstraint("company_id", "number", name=op.f("cut_plans_company_id_number_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "cut_bars",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("plan_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("remnant", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("cuts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "plan_id"],
            ["factory.cut_plans.company_id", "factory.cut_plans.id"],
            name=op.f("cut_bars_company_id_plan_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("cut_bars_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "plan_id", "position", name=op.f("cut_bars_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "shipments",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("customer", sa.Text(), server_default="", nullable=False),
        sa.Column("trolley", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('draft', 'shipped', 'cancelled')", name=op.f("shipments_state_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "project_id"],
            ["factory.projects.company_id", "factory.projects.id"],
            name=op.f("shipments_company_id_project_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("shipments_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("shipments_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("shipments_company_id_code_key")),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("shipments", schema=SCHEMA)
    op.drop_table("cut_bars", schema=SCHEMA)
    op.drop_table("cut_plans", schema=SCHEMA)
    op.drop_table("downtimes", schema=SCHEMA)
    op.drop_table("shifts", schema=SCHEMA)
