"""Factory: routings, work orders with operations."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_factory_orders"
down_revision = "20261124_factory_projects"
branch_labels = None
depends_on = None

SCHEMA = "factory"
TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::uuid")


def upgrade() -> None:
    op.create_table(
        "routings",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('draft', 'released', 'retired')", name=op.f("routings_state_check")),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("routings_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("routings_pkey")),
        sa.UniqueConstraint("company_id", "code", "edition", name=op.f("routings_company_id_code_edition_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "routing_steps",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("routing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("workstation_id", sa.BigInteger(), nullable=False),
        sa.Column("standard_seconds", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("instruction", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("standard_seconds > 0", name=op.f("routing_steps_standard_seconds_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "routing_id"],
            ["factory.routings.company_id", "factory.routings.id"],
            name=op.f("routing_steps_company_id_routing_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workstation_id"],
            ["factory.workstations.company_id", "factory.workstations.id"],
            name=op.f("routing_steps_company_id_workstation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("routing_steps_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "routing_id", "position", name=op.f("routing_steps_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "work_orders",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("routing_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'released', 'in_progress', 'held', 'completed', 'closed', 'cancelled', 'aborted')",
            name=op.f("work_orders_state_check"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("work_orders_quantity_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "article_id"],
            ["factory.articles.company_id", "factory.articles.id"],
            name=op.f("work_orders_company_id_article_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "project_id"],
            ["factory.projects.company_id", "factory.projects.id"],
            name=op.f("work_orders_company_id_project_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "routing_id"],
            ["factory.routings.company_id", "factory.routings.id"],
            name=op.f("work_orders_company_id_routing_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("work_orders_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("work_orders_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("work_orders_company_id_code_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("work_orders_company_id_project_id_idx"),
        "work_orders",
        ["company_id", "project_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("work_orders_company_id_state_due_on_idx"),
        "work_orders",
        ["company_id", "state", "due_on"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "operations",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("work_order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("workstation_id", sa.BigInteger(), nullable=False),
        sa.Column("standard_seconds", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("instruction", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="ready", nullable=False),
        sa.Column("good", sa.Integer(), server_default="0", nullable=False),
        sa.Column("scrap", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rework", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('ready', 'running', 'paused', 'ended', 'skipped', 'aborted')",
            name=op.f("operations_state_check"),
        ),
        sa.CheckConstraint("good >= 0 AND scrap >= 0 AND rework >= 0", name=op.f("operations_counts_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "work_order_id"],
            ["factory.work_orders.company_id", "factory.work_orders.id"],
            name=op.f("operations_company_id_work_order_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workstation_id"],
            ["factory.workstations.company_id", "factory.workstations.id"],
            name=op.f("operations_company_id_workstation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("operations_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("operations_pkey")),
        sa.UniqueConstraint(
            "company_id", "work_order_id", "position", name=op.f("operations_company_id_work_order_id_position_key")
        ),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("operations_company_id_workstation_id_state_idx"),
        "operations",
        ["company_id", "workstation_id", "state"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "operation_runs",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("operation_id", sa.BigInteger(), nullable=False),
        sa.Column("workstation_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("operation_runs_times_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "operation_id"],
            ["factory.operations.company_id", "factory.operations.id"],
            name=op.f("operation_runs_company_id_operation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workstation_id"],
            ["factory.workstations.company_id", "factory.workstations.id"],
            name=op.f("operation_runs_company_id_workstation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("operation_runs_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("operation_runs_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("operation_runs_company_id_workstation_id_started_at_idx"),
        "operation_runs",
        ["company_id", "workstation_id", "started_at"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        "operation_runs_one_at_a_time",
        "operation_runs",
        ["company_id", "operation_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("operation_runs", schema=SCHEMA)
    op.drop_table("operations", schema=SCHEMA)
    op.drop_table("work_orders", schema=SCHEMA)
    op.drop_table("routing_steps", schema=SCHEMA)
    op.drop_table("routings", schema=SCHEMA)
