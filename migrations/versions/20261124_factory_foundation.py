"""Factory: companies, users, workstations, and the log of what happens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_factory"
down_revision = "20261123_event_log_times"
branch_labels = None
depends_on = None

SCHEMA = "factory"
TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::uuid")


def upgrade() -> None:
    op.execute(f"CREATE SCHEMA {SCHEMA}")
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO portico_app")
    rights = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT"
    op.execute(f"{rights} SELECT, INSERT, UPDATE, DELETE ON TABLES TO portico_app")
    op.execute(f"{rights} USAGE, SELECT, UPDATE ON SEQUENCES TO portico_app")
    op.create_table(
        "companies",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="Europe/Sofia", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("companies_pkey")),
        schema=SCHEMA,
    )
    op.create_index("companies_name_key", "companies", [sa.literal_column("lower(name)")], unique=True, schema=SCHEMA)
    op.create_table(
        "users",
        sa.Column("full_name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="Operator", nullable=False),
        sa.Column("guid", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("pwd_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "role <> 'Integration' OR (pwd_hash IS NULL AND pin_hash IS NULL)", name=op.f("users_integration_check")
        ),
        sa.CheckConstraint(
            "role IN ('SystemAdmin', 'CompanyAdmin', 'ProjectManager', 'Operator', 'Integration')",
            name=op.f("users_role_check"),
        ),
        sa.CheckConstraint(
            "role <> 'SystemAdmin' OR company_id = '00000000-0000-0000-0000-000000000001'",
            name=op.f("users_system_admin_check"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("users_company_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        sa.UniqueConstraint("company_id", "id", name=op.f("users_company_id_id_key")),
        sa.UniqueConstraint("guid", name=op.f("users_guid_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("users_company_id_idx"), "users", ["company_id"], unique=False, schema=SCHEMA)
    op.create_index("users_email_key", "users", [sa.literal_column("lower(email)")], unique=True, schema=SCHEMA)
    op.create_index(
        "users_integration_key", "users", ["company_id"], unique=True, schema=SCHEMA,
        postgresql_where=sa.text("role = 'Integration'"),
    )  # fmt: skip
    op.create_index("users_username_key", "users", [sa.literal_column("lower(username)")], unique=True, schema=SCHEMA)
    op.create_table(
        "workstations",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("guid", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), server_default="", nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "type IN ('Machine', 'Assembly', 'Control', 'Logistics', 'Supply')", name=op.f("workstations_type_check")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("workstations_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("workstations_pkey")),
        sa.UniqueConstraint("guid", name=op.f("workstations_guid_key")),
        schema=SCHEMA,
    )
    op.create_index(
        "workstations_name_key",
        "workstations",
        ["company_id", sa.literal_column("lower(name)")],
        unique=True,
        schema=SCHEMA,
    )
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
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"],
            ["factory.users.company_id", "factory.users.id"],
            name=op.f("api_keys_company_id_user_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("api_keys_company_id_fkey")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["factory.users.id"], name=op.f("api_keys_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint("digest", name=op.f("api_keys_digest_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("api_keys_company_id_idx"), "api_keys", ["company_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("api_keys_user_id_idx"), "api_keys", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "sessions",
        sa.Column("workstation_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"],
            ["factory.users.company_id", "factory.users.id"],
            name=op.f("sessions_company_id_user_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workstation_id"],
            ["factory.workstations.company_id", "factory.workstations.id"],
            name=op.f("sessions_company_id_workstation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("sessions_company_id_fkey")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["factory.users.id"], name=op.f("sessions_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("sessions_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("sessions_company_id_idx"), "sessions", ["company_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("sessions_user_id_idx"), "sessions", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "counters",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("counters_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "kind", name=op.f("counters_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "events",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("workstation_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("component_id", sa.BigInteger(), nullable=True),
        sa.Column("assembly_id", sa.BigInteger(), nullable=True),
        sa.Column("piece_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("work_order_id", sa.BigInteger(), nullable=True),
        sa.Column("operation_id", sa.BigInteger(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("events_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("events_pkey")),
        schema=SCHEMA,
    )
    for columns in (
        ("at", "id"),
        ("kind", "at", "id"),
        ("workstation_id", "at", "id"),
        ("user_id", "at", "id"),
        ("project_id", "at", "id"),
        ("piece_id", "at", "id"),
    ):
        name = f"events_company_id_{'_'.join(columns)}_idx"
        op.create_index(op.f(name), "events", ["company_id", *columns], unique=False, schema=SCHEMA)
    op.create_table(
        "scrap_reasons",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("scrap_reasons_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("scrap_reasons_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("scrap_reasons_company_id_code_key")),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
