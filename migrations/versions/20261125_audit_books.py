"""Audit: uploaded documents and their texts, ledgers, and what tests bring up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_audit_books"
down_revision = "20261125_audit_findings"
branch_labels = None
depends_on = None

SCHEMA = "audit"
SEARCH = r" || ''' ''\:100'::tsvector || ".join(
    f"setweight(to_tsvector('{config}'::regconfig, COALESCE({column}, ''::text)), '{weight}'::\"char\")"
    for column, weight in (("title", "A"), ("text", "B"))
    for config in ("english", "simple")
)
"""Each word by its stem and as it is written, with gaps between the columns."""


def upgrade() -> None:
    op.create_table(
        "chunks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence_version_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(SEARCH, persisted=True),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("chunks_engagement_id_fkey")),
        sa.ForeignKeyConstraint(
            ["evidence_version_id"], ["audit.evidence_versions.id"], name=op.f("chunks_evidence_version_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("chunks_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("chunks_engagement_id_idx"), "chunks", ["engagement_id"], unique=False, schema=SCHEMA)
    op.create_index(
        op.f("chunks_evidence_version_id_page_id_idx"),
        "chunks",
        ["evidence_version_id", "page", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("chunks_search_idx"), "chunks", ["search"], unique=False, schema=SCHEMA, postgresql_using="gin"
    )
    op.create_table(
        "document_jobs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence_version_id", sa.BigInteger(), nullable=False),
        sa.Column("ledger_name", sa.Text(), server_default="", nullable=False),
        sa.Column("financial_year", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("queued_by", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed')", name=op.f("document_jobs_status_check")
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit.engagements.id"], name=op.f("document_jobs_engagement_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_version_id"], ["audit.evidence_versions.id"], name=op.f("document_jobs_evidence_version_id_fkey")
        ),
        sa.ForeignKeyConstraint(["queued_by"], ["audit.users.id"], name=op.f("document_jobs_queued_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("document_jobs_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("document_jobs_engagement_id_id_idx"),
        "document_jobs",
        ["engagement_id", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("document_jobs_evidence_version_id_idx"),
        "document_jobs",
        ["evidence_version_id"],
        unique=True,
        schema=SCHEMA,
    )
    op.create_table(
        "ledgers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence_version_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="general", nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("financial_year", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="importing", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("declared", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("computed", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("imported_by", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('general', 'bank', 'tax_credit', 'receivable', 'payable')", name=op.f("ledgers_kind_check")
        ),
        sa.CheckConstraint("state IN ('importing', 'imported', 'failed')", name=op.f("ledgers_state_check")),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("ledgers_engagement_id_fkey")),
        sa.ForeignKeyConstraint(
            ["evidence_version_id"], ["audit.evidence_versions.id"], name=op.f("ledgers_evidence_version_id_fkey")
        ),
        sa.ForeignKeyConstraint(["imported_by"], ["audit.users.id"], name=op.f("ledgers_imported_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("ledgers_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("ledgers_engagement_id_idx"), "ledgers", ["engagement_id"], unique=False, schema=SCHEMA)
    op.create_index(
        op.f("ledgers_evidence_version_id_idx"), "ledgers", ["evidence_version_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "accounts",
        sa.Column("ledger_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("opening", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("closing", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.ForeignKeyConstraint(["ledger_id"], ["audit.ledgers.id"], name=op.f("accounts_ledger_id_fkey")),
        sa.PrimaryKeyConstraint("ledger_id", "code", name=op.f("accounts_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "entries",
        sa.Column("ledger_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("journal", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), server_default="", nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("entered_on", sa.Date(), nullable=True),
        sa.Column("poster", sa.Text(), server_default="", nullable=False),
        sa.Column("approver", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ledger_id"], ["audit.ledgers.id"], name=op.f("entries_ledger_id_fkey")),
        sa.PrimaryKeyConstraint("ledger_id", "position", name=op.f("entries_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("entries_ledger_id_journal_number_idx"),
        "entries",
        ["ledger_id", "journal", "number"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("entries_ledger_id_posted_on_idx"), "entries", ["ledger_id", "posted_on"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "lines",
        sa.Column("ledger_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("party", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ledger_id"], ["audit.ledgers.id"], name=op.f("lines_ledger_id_fkey")),
        sa.PrimaryKeyConstraint("ledger_id", "position", name=op.f("lines_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("lines_ledger_id_account_idx"), "lines", ["ledger_id", "account"], unique=False, schema=SCHEMA)
    op.create_index(op.f("lines_ledger_id_entry_idx"), "lines", ["ledger_id", "entry"], unique=False, schema=SCHEMA)
    op.create_table(
        "test_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("ledger_id", sa.BigInteger(), nullable=False),
        sa.Column("test", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("tested", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("test_runs_engagement_id_fkey")),
        sa.ForeignKeyConstraint(["ledger_id"], ["audit.ledgers.id"], name=op.f("test_runs_ledger_id_fkey")),
        sa.ForeignKeyConstraint(["user_id"], ["audit.users.id"], name=op.f("test_runs_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("test_runs_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("test_runs_ledger_id_test_id_idx"), "test_runs", ["ledger_id", "test", "id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "exceptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("ledger_id", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("decision", sa.Text(), server_default="open", nullable=False),
        sa.Column("decision_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("decision IN ('open', 'cleared', 'followed_up')", name=op.f("exceptions_decision_check")),
        sa.CheckConstraint(
            "CASE WHEN decision = 'open' THEN decided_by IS NULL"
            " ELSE decided_by IS NOT NULL AND decided_at IS NOT NULL AND decision_reason <> '' END",
            name=op.f("exceptions_by_somebody_check"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["audit.users.id"], name=op.f("exceptions_decided_by_fkey")),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit.engagements.id"], name=op.f("exceptions_engagement_id_fkey")
        ),
        sa.ForeignKeyConstraint(["ledger_id"], ["audit.ledgers.id"], name=op.f("exceptions_ledger_id_fkey")),
        sa.ForeignKeyConstraint(["run_id"], ["audit.test_runs.id"], name=op.f("exceptions_run_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("exceptions_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("exceptions_engagement_id_decision_id_idx"),
        "exceptions",
        ["engagement_id", "decision", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        op.f("exceptions_ledger_id_entry_idx"), "exceptions", ["ledger_id", "entry"], unique=False, schema=SCHEMA
    )
    op.create_index(op.f("exceptions_run_id_id_idx"), "exceptions", ["run_id", "id"], unique=False, schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("exceptions", schema=SCHEMA)
    op.drop_table("test_runs", schema=SCHEMA)
    op.drop_table("lines", schema=SCHEMA)
    op.drop_table("entries", schema=SCHEMA)
    op.drop_table("accounts", schema=SCHEMA)
    op.drop_table("ledgers", schema=SCHEMA)
    op.drop_table("document_jobs", schema=SCHEMA)
    op.drop_table("chunks", schema=SCHEMA)
