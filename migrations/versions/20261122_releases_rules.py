"""Releases: approval rules, channels, releases with their changes, runbooks, defects."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_releases_rules"
down_revision = "20261122_releases"
branch_labels = None
depends_on = None

SCHEMA = "releases"
# Each word by its stem and as it is written: the title's above the text's above the steps', with gaps between them.
SEARCH = r" || ''' ''\:100'::tsvector || ".join(
    f"setweight(to_tsvector('{config}'::regconfig, COALESCE({column}, ''::text)), '{weight}'::\"char\")"
    for column, weight in (("title", "A"), ("text", "B"), ("steps_text", "C"))
    for config in ("english", "simple")
)


def upgrade() -> None:
    op.create_table(
        "approval_rules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.BigInteger(), nullable=True),
        sa.Column("environment_type", sa.Text(), nullable=True),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("required", sa.Integer(), server_default="1", nullable=False),
        sa.Column("expires_minutes", sa.Integer(), server_default="1440", nullable=False),
        sa.Column("is_emergency", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("expires_minutes >= 1", name=op.f("approval_rules_expires_minutes_check")),
        sa.CheckConstraint("required >= 1", name=op.f("approval_rules_required_check")),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["releases.environments.id"],
            name=op.f("approval_rules_environment_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["releases.groups.id"], name=op.f("approval_rules_group_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["releases.services.id"], name=op.f("approval_rules_service_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["releases.teams.id"], name=op.f("approval_rules_team_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("approval_rules_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("approval_rules_environment_id_idx"), "approval_rules", ["environment_id"], unique=False, schema=SCHEMA
    )
    op.create_index(op.f("approval_rules_group_id_idx"), "approval_rules", ["group_id"], unique=False, schema=SCHEMA)
    op.create_index(
        op.f("approval_rules_service_id_idx"), "approval_rules", ["service_id"], unique=False, schema=SCHEMA
    )
    op.create_index(op.f("approval_rules_team_id_idx"), "approval_rules", ["team_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "channels",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version_range", sa.Text(), nullable=False),
        sa.Column("lifecycle_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["lifecycle_id"], ["releases.lifecycles.id"], name=op.f("channels_lifecycle_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["releases.services.id"], name=op.f("channels_service_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("channels_pkey")),
        sa.UniqueConstraint(
            "service_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("channels_service_id_position_key"),
        ),
        schema=SCHEMA,
    )
    op.create_index(op.f("channels_lifecycle_id_idx"), "channels", ["lifecycle_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "phase_environments",
        sa.Column("phase_id", sa.BigInteger(), nullable=False),
        sa.Column("environment_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["releases.environments.id"],
            name=op.f("phase_environments_environment_id_fkey"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["phase_id"], ["releases.phases.id"], name=op.f("phase_environments_phase_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("phase_id", "environment_id", name=op.f("phase_environments_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("phase_environments_environment_id_idx"),
        "phase_environments",
        ["environment_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        SCHEMA,
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("semver", sa.Text(), nullable=False),
        sa.Column("precedence", sa.Text(collation="C"), nullable=False),
        sa.Column("git_sha", sa.Text(), server_default="", nullable=False),
        sa.Column("artifacts", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("is_imported", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("content_hash IS NOT NULL OR state = 'draft'", name=op.f("releases_content_hash_check")),
        sa.CheckConstraint(
            "state IN ('draft', 'candidate', 'published', 'blocked', 'withdrawn', 'archived')",
            name=op.f("releases_state_check"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["releases.users.id"], name=op.f("releases_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["releases.users.id"], name=op.f("releases_published_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["releases.services.id"], name=op.f("releases_service_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("releases_pkey")),
        sa.UniqueConstraint("service_id", "precedence", name=op.f("releases_service_id_precedence_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("releases_created_by_idx"), SCHEMA, ["created_by"], unique=False, schema=SCHEMA)
    op.create_index(op.f("releases_published_by_idx"), SCHEMA, ["published_by"], unique=False, schema=SCHEMA)
    op.create_index(op.f("releases_service_id_id_idx"), SCHEMA, ["service_id", "id"], unique=False, schema=SCHEMA)
    op.create_table(
        "runbooks",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("steps_text", sa.Text(), server_default="", nullable=False),
        sa.Column("edition", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                SEARCH,
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["releases.services.id"], name=op.f("runbooks_service_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("runbooks_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("runbooks_search_idx"), "runbooks", ["search"], unique=False, schema=SCHEMA, postgresql_using="gin"
    )
    op.create_index(op.f("runbooks_service_id_idx"), "runbooks", ["service_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "changes",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("is_breaking", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.releases.id"], name=op.f("changes_release_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("release_id", "position", name=op.f("changes_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("changes_sha_release_id_idx"), "changes", ["sha", "release_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "git_imports",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("imported", sa.Integer(), server_default="0", nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_id"], ["releases.services.id"], name=op.f("git_imports_service_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["releases.users.id"], name=op.f("git_imports_user_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("git_imports_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("git_imports_service_id_idx"), "git_imports", ["service_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("git_imports_user_id_idx"), "git_imports", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "defects",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("severity", sa.Text(), server_default="high", nullable=False),
        sa.Column("reported_by", sa.BigInteger(), nullable=True),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("defects_severity_check")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.releases.id"], name=op.f("defects_release_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["releases.users.id"], name=op.f("defects_reported_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["releases.users.id"], name=op.f("defects_resolved_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("defects_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        "defects_open",
        "defects",
        ["release_id"],
        unique=False,
        schema=SCHEMA,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(op.f("defects_release_id_id_idx"), "defects", ["release_id", "id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("defects_reported_by_idx"), "defects", ["reported_by"], unique=False, schema=SCHEMA)
    op.create_index(op.f("defects_resolved_by_idx"), "defects", ["resolved_by"], unique=False, schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("defects", schema=SCHEMA)
    op.drop_table("git_imports", schema=SCHEMA)
    op.drop_table("changes", schema=SCHEMA)
    op.drop_table("runbooks", schema=SCHEMA)
    op.drop_table("releases", schema=SCHEMA)
    op.drop_table("phase_environments", schema=SCHEMA)
    op.drop_table("channels", schema=SCHEMA)
    op.drop_table("approval_rules", schema=SCHEMA)
