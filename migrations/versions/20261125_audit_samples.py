"""Audit: populations, samples, reconciliations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_audit_samples"
down_revision = "20261125_audit_books"
branch_labels = None
depends_on = None

SCHEMA = "audit"


def upgrade() -> None:
    op.create_table(
        "populations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ledger_id", sa.BigInteger(), nullable=False),
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("value", sa.Numeric(precision=20, scale=2), server_default="0", nullable=False),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("frozen_by", sa.BigInteger(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'frozen') = (hash IS NOT NULL)", name=op.f("populations_frozen_check")),
        sa.CheckConstraint("state IN ('draft', 'frozen')", name=op.f("populations_state_check")),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit.engagements.id"], name=op.f("populations_engagement_id_fkey")
        ),
        sa.ForeignKeyConstraint(["frozen_by"], ["audit.users.id"], name=op.f("populations_frozen_by_fkey")),
        sa.ForeignKeyConstraint(["ledger_id"], ["audit.ledgers.id"], name=op.f("populations_ledger_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("populations_pkey")),
        sa.UniqueConstraint("engagement_id", "number", name=op.f("populations_engagement_id_number_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("populations_ledger_id_idx"), "populations", ["ledger_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("left_ledger_id", sa.BigInteger(), nullable=False),
        sa.Column("right_ledger_id", sa.BigInteger(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('bank', 'tax_credit')", name=op.f("reconciliations_kind_check")),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit.engagements.id"], name=op.f("reconciliations_engagement_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["left_ledger_id"], ["audit.ledgers.id"], name=op.f("reconciliations_left_ledger_id_fkey")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["audit.users.id"], name=op.f("reconciliations_made_by_fkey")),
        sa.ForeignKeyConstraint(
            ["right_ledger_id"], ["audit.ledgers.id"], name=op.f("reconciliations_right_ledger_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("reconciliations_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("reconciliations_engagement_id_id_idx"),
        "reconciliations",
        ["engagement_id", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("reconciliations_left_ledger_id_idx"), "reconciliations", ["left_ledger_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        op.f("reconciliations_right_ledger_id_idx"), "reconciliations", ["right_ledger_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "matches",
        sa.Column("reconciliation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("left_lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("right_lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("difference", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.CheckConstraint("rule IN ('exact', 'one_to_many', 'tolerance')", name=op.f("matches_rule_check")),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"], ["audit.reconciliations.id"], name=op.f("matches_reconciliation_id_fkey")
        ),
        sa.PrimaryKeyConstraint("reconciliation_id", "position", name=op.f("matches_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "population_items",
        sa.Column("population_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["population_id"], ["audit.populations.id"], name=op.f("population_items_population_id_fkey")
        ),
        sa.PrimaryKeyConstraint("population_id", "position", name=op.f("population_items_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "samples",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("population_id", sa.BigInteger(), nullable=False),
        sa.Column("procedure_id", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seed", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("evaluation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("selected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'planned') = (selected_at IS NULL)", name=op.f("samples_selected_check")),
        sa.CheckConstraint("method IN ('attribute', 'monetary_unit')", name=op.f("samples_method_check")),
        sa.CheckConstraint("state IN ('planned', 'selected', 'evaluated')", name=op.f("samples_state_check")),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("samples_engagement_id_fkey")),
        sa.ForeignKeyConstraint(["population_id"], ["audit.populations.id"], name=op.f("samples_population_id_fkey")),
        sa.ForeignKeyConstraint(["procedure_id"], ["audit.procedures.id"], name=op.f("samples_procedure_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("samples_pkey")),
        sa.UniqueConstraint("engagement_id", "number", name=op.f("samples_engagement_id_number_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("samples_population_id_idx"), "samples", ["population_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("samples_procedure_id_idx"), "samples", ["procedure_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "sample_items",
        sa.Column("sample_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("hits", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_deviation", sa.Boolean(), nullable=True),
        sa.Column("audited_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["audit.samples.id"], name=op.f("sample_items_sample_id_fkey")),
        sa.PrimaryKeyConstraint("sample_id", "position", name=op.f("sample_items_pkey")),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("sample_items", schema=SCHEMA)
    op.drop_table("samples", schema=SCHEMA)
    op.drop_table("population_items", schema=SCHEMA)
    op.drop_table("matches", schema=SCHEMA)
    op.drop_table("reconciliations", schema=SCHEMA)
    op.drop_table("populations", schema=SCHEMA)
