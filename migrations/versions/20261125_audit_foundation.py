"""Audit: users, clients, engagements and their members."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_audit"
down_revision = "20261124_factory_rules"
branch_labels = None
depends_on = None

SCHEMA = "audit"


def upgrade() -> None:
    op.execute(f"CREATE SCHEMA {SCHEMA}")
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO portico_app")
    rights = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT"
    op.execute(f"{rights} SELECT, INSERT, UPDATE, DELETE ON TABLES TO portico_app")
    op.execute(f"{rights} USAGE, SELECT, UPDATE ON SEQUENCES TO portico_app")
    op.create_table(
        "clients",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("registration", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("clients_pkey")),
        sa.UniqueConstraint("name", name=op.f("clients_name_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "users",
        sa.Column("guid", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="staff", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("pwd_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("role IN ('admin', 'engagement_lead', 'staff')", name=op.f("users_role_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        sa.UniqueConstraint("guid", name=op.f("users_guid_key")),
        schema=SCHEMA,
    )
    op.create_index("users_email_key", "users", [sa.literal_column("lower(email)")], unique=True, schema=SCHEMA)
    op.create_index("users_username_key", "users", [sa.literal_column("lower(username)")], unique=True, schema=SCHEMA)
    op.create_table(
        "engagements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("objective", sa.Text(), server_default="", nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column("materiality", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("performance_materiality", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_to", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(archived_at IS NOT NULL) = (state = 'archived')", name=op.f("engagements_archived_check")),
        sa.CheckConstraint(
            "state IN ('planned', 'fieldwork', 'review', 'draft_report', 'issued', 'follow_up', 'closed', 'archived')",
            name=op.f("engagements_state_check"),
        ),
        sa.CheckConstraint("period_start <= period_end", name=op.f("engagements_period_check")),
        sa.ForeignKeyConstraint(["client_id"], ["audit.clients.id"], name=op.f("engagements_client_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("engagements_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("engagements_client_id_idx"), "engagements", ["client_id"], unique=False, schema=SCHEMA)
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
            ["user_id"], ["audit.users.id"], name=op.f("sessions_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("sessions_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("sessions_user_id_idx"), "sessions", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "additions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("additions_engagement_id_fkey")),
        sa.ForeignKeyConstraint(["user_id"], ["audit.users.id"], name=op.f("additions_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("additions_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("additions_engagement_id_idx"), "additions", ["engagement_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "members",
        sa.Column("engagement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("may_accept_risk", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("role IN ('lead', 'auditor', 'reviewer', 'auditee')", name=op.f("members_role_check")),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit.engagements.id"], name=op.f("members_engagement_id_fkey")),
        sa.ForeignKeyConstraint(["user_id"], ["audit.users.id"], name=op.f("members_user_id_fkey")),
        sa.PrimaryKeyConstraint("engagement_id", "user_id", name=op.f("members_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("members_user_id_idx"), "members", ["user_id"], unique=False, schema=SCHEMA)


def downgrade() -> None:
    # Whatever the schema holds is this revision's; the default privileges go with it.
    op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
