"""Audit: procedures, requests, the evidence vault, workpapers, assessments."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_audit_work"
down_revision = "20261125_audit_frameworks"
branch_labels = None
depends_on = None

SCHEMA = "audit"


def upgrade() -> None:
    op.create_table(
        "procedures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("pack", sa.Text(), server_default="transaction", nullable=False),
        sa.Column("method", sa.Text(), server_default="examine", nullable=False),
        sa.Column("requirement_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("method IN ('examine', 'interview', 'test')", name=op.f("procedures_method_check")),
        sa.CheckConstraint("pack IN ('transaction', 'control')", name=op.f("procedures_pack_check")),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit.engagements.id"], name=op.f("procedures_engagement_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["audit.requirements.id"], name=op.f("procedures_requirement_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("procedures_pkey")),
        sa.UniqueConstraint("engagement_id", "code", name=op.f("procedures_engagement_id_code_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("procedures_requirement_id_idx"), "procedures", ["requirement_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("procedure_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("return_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'requested', 'submitted', 'accepted', 'returned')", name=op.f("requests_state_check")
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["audit.users.id"], name=op.f("requests_assignee_id_fkey")),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("requests_engagement_id_fkey")),
        sa.ForeignKeyConstraint(["procedure_id"], ["audit.procedures.id"], name=op.f("requests_procedure_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("requests_pkey")),
        sa.UniqueConstraint("engagement_id", "number", name=op.f("requests_engagement_id_number_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("requests_assignee_id_state_idx"), "requests", ["assignee_id", "state"], unique=False, schema=SCHEMA
    )
    op.create_index(op.f("requests_procedure_id_idx"), "requests", ["procedure_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "workpapers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit.engagements.id"], name=op.f("workpapers_engagement_id_fkey")
        ),
        sa.ForeignKeyConstraint(["procedure_id"], ["audit.procedures.id"], name=op.f("workpapers_procedure_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("workpapers_pkey")),
        sa.UniqueConstraint("engagement_id", "number", name=op.f("workpapers_engagement_id_number_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("workpapers_procedure_id_idx"), "workpapers", ["procedure_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "assessments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("requirement_id", sa.BigInteger(), nullable=False),
        sa.Column("procedure_id", sa.BigInteger(), nullable=True),
        sa.Column("workpaper_id", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("observation", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.CheckConstraint("method IN ('examine', 'interview', 'test')", name=op.f("assessments_method_check")),
        sa.CheckConstraint("result IN ('satisfied', 'other-than-satisfied')", name=op.f("assessments_result_check")),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit.engagements.id"], name=op.f("assessments_engagement_id_fkey")
        ),
        sa.ForeignKeyConstraint(["procedure_id"], ["audit.procedures.id"], name=op.f("assessments_procedure_id_fkey")),
        sa.ForeignKeyConstraint(
            ["requirement_id"], ["audit.requirements.id"], name=op.f("assessments_requirement_id_fkey")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["audit.users.id"], name=op.f("assessments_user_id_fkey")),
        sa.ForeignKeyConstraint(["workpaper_id"], ["audit.workpapers.id"], name=op.f("assessments_workpaper_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("assessments_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("assessments_engagement_id_requirement_id_id_idx"),
        "assessments",
        ["engagement_id", "requirement_id", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(op.f("assessments_procedure_id_idx"), "assessments", ["procedure_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("procedure_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("evidence_engagement_id_fkey")),
        sa.ForeignKeyConstraint(["procedure_id"], ["audit.procedures.id"], name=op.f("evidence_procedure_id_fkey")),
        sa.ForeignKeyConstraint(["request_id"], ["audit.requests.id"], name=op.f("evidence_request_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("evidence_pkey")),
        sa.UniqueConstraint("engagement_id", "number", name=op.f("evidence_engagement_id_number_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("evidence_procedure_id_idx"), "evidence", ["procedure_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("evidence_request_id_idx"), "evidence", ["request_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "workpaper_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workpaper_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("objective", sa.Text(), server_default="", nullable=False),
        sa.Column("work_done", sa.Text(), server_default="", nullable=False),
        sa.Column("conclusion", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("edited_by", sa.BigInteger(), nullable=False),
        sa.Column("editors", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("prepared_by", sa.BigInteger(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'prepared', 'in_review', 'approved', 'locked')",
            name=op.f("workpaper_versions_state_check"),
        ),
        sa.CheckConstraint(
            "reviewed_by <> prepared_by AND reviewed_by <> ALL (editors)",
            name=op.f("workpaper_versions_four_eyes_check"),
        ),
        sa.CheckConstraint(
            "prepared_by IS NOT NULL OR state = 'draft'", name=op.f("workpaper_versions_prepared_check")
        ),
        sa.CheckConstraint(
            "reviewed_by IS NOT NULL OR state IN ('draft', 'prepared')", name=op.f("workpaper_versions_reviewed_check")
        ),
        sa.ForeignKeyConstraint(["edited_by"], ["audit.users.id"], name=op.f("workpaper_versions_edited_by_fkey")),
        sa.ForeignKeyConstraint(["prepared_by"], ["audit.users.id"], name=op.f("workpaper_versions_prepared_by_fkey")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["audit.users.id"], name=op.f("workpaper_versions_reviewed_by_fkey")),
        sa.ForeignKeyConstraint(
            ["workpaper_id"], ["audit.workpapers.id"], name=op.f("workpaper_versions_workpaper_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("workpaper_versions_pkey")),
        sa.UniqueConstraint("workpaper_id", "number", name=op.f("workpaper_versions_workpaper_id_number_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("workpaper_versions_state_id_idx"), "workpaper_versions", ["state", "id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "evidence_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="received", nullable=False),
        sa.Column("received_by", sa.BigInteger(), nullable=False),
        sa.Column("received_from", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('received', 'sealed', 'superseded')", name=op.f("evidence_versions_state_check")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["audit.evidence.id"], name=op.f("evidence_versions_evidence_id_fkey")
        ),
        sa.ForeignKeyConstraint(["received_by"], ["audit.users.id"], name=op.f("evidence_versions_received_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("evidence_versions_pkey")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("evidence_versions_evidence_id_number_key")),
        sa.UniqueConstraint("file_id", name=op.f("evidence_versions_file_id_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("evidence_versions_verified_at_idx"), "evidence_versions", ["verified_at"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "workpaper_evidence",
        sa.Column("workpaper_version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("evidence_version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_version_id"],
            ["audit.evidence_versions.id"],
            name=op.f("workpaper_evidence_evidence_version_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["workpaper_version_id"],
            ["audit.workpaper_versions.id"],
            name=op.f("workpaper_evidence_workpaper_version_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("workpaper_version_id", "evidence_version_id", name=op.f("workpaper_evidence_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("workpaper_evidence_evidence_version_id_idx"),
        "workpaper_evidence",
        ["evidence_version_id"],
        unique=False,
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("workpaper_evidence", schema=SCHEMA)
    op.drop_table("evidence_versions", schema=SCHEMA)
    op.drop_table("workpaper_versions", schema=SCHEMA)
    op.drop_table("evidence", schema=SCHEMA)
    op.drop_table("assessments", schema=SCHEMA)
    op.drop_table("workpapers", schema=SCHEMA)
    op.drop_table("requests", schema=SCHEMA)
    op.drop_table("procedures", schema=SCHEMA)
