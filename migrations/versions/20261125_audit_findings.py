"""Audit: findings, the evidence that they rest on, and what was said of them."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_audit_findings"
down_revision = "20261125_audit_work"
branch_labels = None
depends_on = None

SCHEMA = "audit"


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("workpaper_id", sa.BigInteger(), nullable=False),
        sa.Column("requirement_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("effect", sa.Text(), server_default="", nullable=False),
        sa.Column("recommendation", sa.Text(), server_default="", nullable=False),
        sa.Column("severity", sa.Text(), server_default="medium", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("written_by", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action_plan", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("retests", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fixed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("risk_accepted_until", sa.Date(), nullable=True),
        sa.Column("risk_accepted_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(risk_accepted_until IS NOT NULL) = (state = 'risk_accepted')", name=op.f("findings_accepted_check")
        ),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("findings_severity_check")),
        sa.CheckConstraint(
            "state IN ('draft', 'validation', 'agreed', 'disputed', 'action_planned', 'in_remediation',"
            " 'ready_for_retest', 'closed_verified', 'reopened', 'risk_accepted', 'withdrawn')",
            name=op.f("findings_state_check"),
        ),
        sa.CheckConstraint("closed_by <> fixed_by", name=op.f("findings_four_eyes_check")),
        sa.CheckConstraint(
            "state IN ('draft', 'withdrawn')"
            " OR (requirement_id IS NOT NULL AND owner_id IS NOT NULL AND sent_at IS NOT NULL)",
            name=op.f("findings_traced_check"),
        ),
        sa.CheckConstraint("closed_by IS NOT NULL OR state <> 'closed_verified'", name=op.f("findings_closed_check")),
        sa.ForeignKeyConstraint(["closed_by"], ["audit.users.id"], name=op.f("findings_closed_by_fkey")),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("findings_engagement_id_fkey")),
        sa.ForeignKeyConstraint(["fixed_by"], ["audit.users.id"], name=op.f("findings_fixed_by_fkey")),
        sa.ForeignKeyConstraint(["owner_id"], ["audit.users.id"], name=op.f("findings_owner_id_fkey")),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["audit.requirements.id"], name=op.f("findings_requirement_id_fkey")
        ),
        sa.ForeignKeyConstraint(["risk_accepted_by"], ["audit.users.id"], name=op.f("findings_risk_accepted_by_fkey")),
        sa.ForeignKeyConstraint(["workpaper_id"], ["audit.workpapers.id"], name=op.f("findings_workpaper_id_fkey")),
        sa.ForeignKeyConstraint(["written_by"], ["audit.users.id"], name=op.f("findings_written_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("findings_pkey")),
        sa.UniqueConstraint("engagement_id", "number", name=op.f("findings_engagement_id_number_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("findings_owner_id_state_idx"), "findings", ["owner_id", "state"], unique=False, schema=SCHEMA)
    op.create_index(op.f("findings_workpaper_id_idx"), "findings", ["workpaper_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "finding_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("finding_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["audit.findings.id"], name=op.f("finding_notes_finding_id_fkey")),
        sa.ForeignKeyConstraint(["user_id"], ["audit.users.id"], name=op.f("finding_notes_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("finding_notes_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("finding_notes_finding_id_idx"), "finding_notes", ["finding_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "finding_evidence",
        sa.Column("finding_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("evidence_version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("retest", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_version_id"],
            ["audit.evidence_versions.id"],
            name=op.f("finding_evidence_evidence_version_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["finding_id"], ["audit.findings.id"], name=op.f("finding_evidence_finding_id_fkey")),
        sa.PrimaryKeyConstraint("finding_id", "evidence_version_id", name=op.f("finding_evidence_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("finding_evidence_evidence_version_id_idx"),
        "finding_evidence",
        ["evidence_version_id"],
        unique=False,
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("finding_evidence", schema=SCHEMA)
    op.drop_table("finding_notes", schema=SCHEMA)
    op.drop_table("findings", schema=SCHEMA)
