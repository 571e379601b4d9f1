"""Releases: users, teams, services, environments, lifecycles and freezes."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_releases"
down_revision = "20261122_items"
branch_labels = None
depends_on = None

SCHEMA = "releases"


def upgrade() -> None:
    op.execute(f"CREATE SCHEMA {SCHEMA}")
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO portico_app")
    rights = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT"
    op.execute(f"{rights} SELECT, INSERT, UPDATE, DELETE ON TABLES TO portico_app")
    op.execute(f"{rights} USAGE, SELECT, UPDATE ON SEQUENCES TO portico_app")
    op.create_table(
        "environments",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_protected", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("required_gates", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("is_protected OR type <> 'production'", name=op.f("environments_protection_check")),
        sa.CheckConstraint("type IN ('dev', 'test', 'staging', 'production')", name=op.f("environments_type_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("environments_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        "environments_name_key", "environments", [sa.literal_column("lower(name)")], unique=True, schema=SCHEMA
    )
    op.create_table(
        "groups",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("groups_pkey")),
        schema=SCHEMA,
    )
    op.create_index("groups_name_key", "groups", [sa.literal_column("lower(name)")], unique=True, schema=SCHEMA)
    op.create_table(
        "lifecycles",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("lifecycles_pkey")),
        schema=SCHEMA,
    )
    op.create_index("lifecycles_name_key", "lifecycles", [sa.literal_column("lower(name)")], unique=True, schema=SCHEMA)
    op.create_table(
        "teams",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("teams_pkey")),
        schema=SCHEMA,
    )
    op.create_index("teams_name_key", "teams", [sa.literal_column("lower(name)")], unique=True, schema=SCHEMA)
    op.create_table(
        "users",
        sa.Column("full_name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="viewer", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("pwd_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer', 'developer', 'release_manager', 'admin', 'pipeline')", name=op.f("users_role_check")
        ),
        sa.CheckConstraint("role <> 'pipeline' OR pwd_hash IS NULL", name=op.f("users_pipeline_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        schema=SCHEMA,
    )
    op.create_index("users_email_key", "users", [sa.literal_column("lower(email)")], unique=True, schema=SCHEMA)
    op.create_index("users_username_key", "users", [sa.literal_column("lower(username)")], unique=True, schema=SCHEMA)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["releases.users.id"], name=op.f("api_keys_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint("digest", name=op.f("api_keys_digest_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("api_keys_user_id_idx"), "api_keys", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "freezes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("environment_ids", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("environment_types", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("team_ids", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("service_ids", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recurrence", sa.Text(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("override_group_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(recurrence IS NULL) = (duration_minutes IS NULL)", name=op.f("freezes_recurrence_check")),
        sa.CheckConstraint("duration_minutes > 0", name=op.f("freezes_duration_check")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("freezes_period_check")),
        sa.CheckConstraint("recurrence IS NOT NULL OR ends_at IS NOT NULL", name=op.f("freezes_end_check")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["releases.users.id"], name=op.f("freezes_created_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["override_group_id"],
            ["releases.groups.id"],
            name=op.f("freezes_override_group_id_fkey"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("freezes_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("freezes_created_by_idx"), "freezes", ["created_by"], unique=False, schema=SCHEMA)
    op.create_index(
        op.f("freezes_override_group_id_idx"), "freezes", ["override_group_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["releases.groups.id"], name=op.f("group_members_group_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["releases.users.id"], name=op.f("group_members_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("group_members_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("group_members_user_id_idx"), "group_members", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "phases",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("lifecycle_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("minimum_environments", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_optional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("soak_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("minimum_environments >= 1", name=op.f("phases_minimum_environments_check")),
        sa.CheckConstraint("soak_minutes >= 0", name=op.f("phases_soak_minutes_check")),
        sa.ForeignKeyConstraint(
            ["lifecycle_id"], ["releases.lifecycles.id"], name=op.f("phases_lifecycle_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("phases_pkey")),
        sa.UniqueConstraint("lifecycle_id", "position", name=op.f("phases_lifecycle_id_position_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "services",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("repository_url", sa.Text(), nullable=True),
        sa.Column("tier", sa.Integer(), server_default="3", nullable=False),
        sa.Column("versioning", sa.Text(), server_default="semver", nullable=False),
        sa.Column("tag_prefix", sa.Text(), server_default="v", nullable=False),
        sa.Column("lifecycle_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("versioning IN ('semver')", name=op.f("services_versioning_check")),
        sa.CheckConstraint("tier BETWEEN 1 AND 4", name=op.f("services_tier_check")),
        sa.ForeignKeyConstraint(
            ["lifecycle_id"], ["releases.lifecycles.id"], name=op.f("services_lifecycle_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["releases.teams.id"], name=op.f("services_team_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("services_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("services_lifecycle_id_idx"), "services", ["lifecycle_id"], unique=False, schema=SCHEMA)
    op.create_index("services_name_key", "services", [sa.literal_column("lower(name)")], unique=True, schema=SCHEMA)
    op.create_index(op.f("services_team_id_idx"), "services", ["team_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["releases.users.id"], name=op.f("sessions_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("sessions_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("sessions_user_id_idx"), "sessions", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["releases.teams.id"], name=op.f("team_members_team_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["releases.users.id"], name=op.f("team_members_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("team_members_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("team_members_user_id_idx"), "team_members", ["user_id"], unique=False, schema=SCHEMA)


def downgrade() -> None:
    # Whatever the schema holds is this revision's; the default privileges go with it.
    op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
