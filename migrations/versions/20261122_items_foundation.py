"""Items: users, sessions, API keys, items."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "20261122_items"
down_revision = "20261122_event_log"
branch_labels = None
depends_on = None


# Each word by its stem and as it is written, the name's above the description's, with gaps that no phrase spans.
SEARCH = r"""
    setweight(to_tsvector('english'::regconfig, COALESCE(name, ''::text)), 'A'::"char") || ''' ''\:100'::tsvector
    || setweight(to_tsvector('simple'::regconfig, COALESCE(name, ''::text)), 'A'::"char") || ''' ''\:100'::tsvector
    || setweight(to_tsvector('english'::regconfig, COALESCE(description, ''::text)), 'B'::"char")
    || ''' ''\:100'::tsvector
    || setweight(to_tsvector('simple'::regconfig, COALESCE(description, ''::text)), 'B'::"char")"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS items")
    op.execute("GRANT USAGE ON SCHEMA items TO portico_app")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA items GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portico_app")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA items GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO portico_app")
    op.create_table(
        "users",
        sa.Column("is_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("pwd_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        schema="items",
    )
    op.create_index("users_email_key", "users", [sa.literal_column("lower(email)")], unique=True, schema="items")
    op.create_index("users_username_key", "users", [sa.literal_column("lower(username)")], unique=True, schema="items")
    op.create_table(
        "sessions",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["items.users.id"], name=op.f("sessions_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("sessions_pkey")),
        schema="items",
    )
    op.create_index(op.f("sessions_user_id_idx"), "sessions", ["user_id"], unique=False, schema="items")
    op.create_table(
        "api_keys",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["items.users.id"], name=op.f("api_keys_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint("digest", name=op.f("api_keys_digest_key")),
        schema="items",
    )
    op.create_index(op.f("api_keys_user_id_idx"), "api_keys", ["user_id"], unique=False, schema="items")
    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("search", TSVECTOR(), sa.Computed(SEARCH, persisted=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("items_price_check")),
        sa.CheckConstraint("quantity >= 0", name=op.f("items_quantity_check")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["items.users.id"], name=op.f("items_owner_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("items_pkey")),
        schema="items",
    )
    op.create_index(op.f("items_owner_id_idx"), "items", ["owner_id"], unique=False, schema="items")
    for column in ("name", "price", "quantity", "created_at"):
        op.create_index(op.f(f"items_{column}_id_idx"), "items", [column, "id"], unique=False, schema="items")
    op.create_index(op.f("items_search_idx"), "items", ["search"], postgresql_using="gin", schema="items")
    op.create_table(
        "imports",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("imported", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("imports_pkey")),
        schema="items",
    )
    op.create_table(
        "import_flaws",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["items.imports.job_id"], name=op.f("import_flaws_job_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "line", "field", name=op.f("import_flaws_pkey")),
        schema="items",
    )


def downgrade() -> None:
    # Whatever the schema holds is this revision's; the default privileges go with it.
    op.execute("DROP SCHEMA items CASCADE")
