"""Audit: frameworks, their requirements, and mappings between them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_audit_frameworks"
down_revision = "20261125_audit"
branch_labels = None
depends_on = None

SCHEMA = "audit"


def upgrade() -> None:
    op.create_table(
        "frameworks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("document_version", sa.Text(), server_default="", nullable=False),
        sa.Column("oscal_version", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imports", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("requirements", sa.Integer(), server_default="0", nullable=False),
        sa.Column("imported_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('catalog', 'profile')", name=op.f("frameworks_kind_check")),
        sa.ForeignKeyConstraint(["imported_by"], ["audit.users.id"], name=op.f("frameworks_imported_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("frameworks_pkey")),
        sa.UniqueConstraint("uuid", name=op.f("frameworks_uuid_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "requirements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("framework_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("family", sa.Text(), server_default="", nullable=False),
        sa.Column("family_title", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("guidance", sa.Text(), server_default="", nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("related", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["framework_id"], ["audit.frameworks.id"], name=op.f("requirements_framework_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("requirements_pkey")),
        sa.UniqueConstraint("framework_id", "code", name=op.f("requirements_framework_id_code_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("requirements_framework_id_position_idx"),
        "requirements",
        ["framework_id", "position"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "mappings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("relationship", sa.Text(), server_default="equivalent", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "relationship IN ('equal', 'equivalent', 'subset', 'superset', 'intersects')",
            name=op.f("mappings_relationship_check"),
        ),
        sa.ForeignKeyConstraint(["source_id"], ["audit.requirements.id"], name=op.f("mappings_source_id_fkey")),
        sa.ForeignKeyConstraint(["target_id"], ["audit.requirements.id"], name=op.f("mappings_target_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("mappings_pkey")),
        sa.UniqueConstraint("source_id", "target_id", name=op.f("mappings_source_id_target_id_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("mappings_target_id_idx"), "mappings", ["target_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "engagement_frameworks",
        sa.Column("engagement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("framework_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit.engagements.id"], name=op.f("engagement_frameworks_engagement_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["framework_id"], ["audit.frameworks.id"], name=op.f("engagement_frameworks_framework_id_fkey")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["audit.users.id"], name=op.f("engagement_frameworks_user_id_fkey")),
        sa.PrimaryKeyConstraint("engagement_id", "framework_id", name=op.f("engagement_frameworks_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("engagement_frameworks_framework_id_idx"),
        "engagement_frameworks",
        ["framework_id"],
        unique=False,
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("engagement_frameworks", schema=SCHEMA)
    op.drop_table("mappings", schema=SCHEMA)
    op.drop_table("requirements", schema=SCHEMA)
    op.drop_table("frameworks", schema=SCHEMA)
