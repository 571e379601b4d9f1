"""Store: products, categories, ratings, users, carts, and the tally of products."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "20261121_store"
down_revision = "20261121_portico"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS store")
    op.execute("GRANT USAGE ON SCHEMA store TO portico_app")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA store GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portico_app")
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA store GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO portico_app")
    op.create_table(
        "categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("categories_pkey")),
        sa.UniqueConstraint("name", name=op.f("categories_name_key")),
        schema="store",
    )
    op.create_table(
        "product_tally",
        sa.Column("category_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("products", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("category_id", "slot", name=op.f("product_tally_pkey")),
        schema="store",
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("image", sa.Text(), server_default="", nullable=False),
        sa.Column("rating_sum", sa.Numeric(precision=14, scale=1), server_default="0", nullable=False),
        sa.Column("rating_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "mean_rating",
            sa.Numeric(precision=2, scale=1),
            sa.Computed(
                "CASE WHEN rating_count = 0 THEN 0 ELSE round(rating_sum / rating_count, 1) END", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("products_price_check")),
        sa.CheckConstraint("rating_count >= 0", name=op.f("products_rating_count_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("products_pkey")),
        schema="store",
    )
    op.create_table(
        "users",
        sa.Column("first_name", sa.Text(), server_default="", nullable=False),
        sa.Column("last_name", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("is_staff", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_superuser", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("pwd_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        schema="store",
    )
    op.create_index("users_email_key", "users", [sa.literal_column("lower(email)")], unique=True, schema="store")
    op.create_index("users_username_key", "users", [sa.literal_column("lower(username)")], unique=True, schema="store")
    op.create_table(
        "addresses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("street", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("zipcode", sa.Text(), server_default="", nullable=False),
        sa.Column("lat", sa.Text(), server_default="", nullable=False),
        sa.Column("long", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["store.users.id"], name=op.f("addresses_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("addresses_pkey")),
        schema="store",
    )
    op.create_index(op.f("addresses_user_id_idx"), "addresses", ["user_id"], unique=False, schema="store")
    op.create_table(
        "carts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["store.users.id"], name=op.f("carts_user_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("carts_pkey")),
        schema="store",
    )
    op.create_index(op.f("carts_user_id_idx"), "carts", ["user_id"], unique=False, schema="store")
    op.create_table(
        "product_categories",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["store.categories.id"],
            name=op.f("product_categories_category_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["store.products.id"], name=op.f("product_categories_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "category_id", name=op.f("product_categories_pkey")),
        schema="store",
    )
    op.create_index(
        op.f("product_categories_category_id_product_id_idx"),
        "product_categories",
        ["category_id", "product_id"],
        unique=False,
        schema="store",
    )
    op.create_table(
        "ratings",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Numeric(precision=2, scale=1), nullable=False),
        sa.CheckConstraint("value BETWEEN 0 AND 5", name=op.f("ratings_value_check")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["store.products.id"], name=op.f("ratings_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["store.users.id"], name=op.f("ratings_user_id_fkey"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("product_id", "user_id", name=op.f("ratings_pkey")),
        schema="store",
    )
    op.create_index(op.f("ratings_user_id_idx"), "ratings", ["user_id"], unique=False, schema="store")
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
            ["user_id"], ["store.users.id"], name=op.f("sessions_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("sessions_pkey")),
        schema="store",
    )
    op.create_index(op.f("sessions_user_id_idx"), "sessions", ["user_id"], unique=False, schema="store")
    op.create_table(
        "cart_items",
        sa.Column("cart_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("line", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("cart_items_quantity_check")),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["store.carts.id"], name=op.f("cart_items_cart_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["store.products.id"], name=op.f("cart_items_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cart_id", "product_id", name=op.f("cart_items_pkey")),
        schema="store",
    )
    op.create_index(op.f("cart_items_product_id_idx"), "cart_items", ["product_id"], unique=False, schema="store")
    op.execute((SQL / "store_product_tally.sql").read_text())


def downgrade() -> None:
    # Whatever the schema holds is this revision's; the default privileges go with it.
    op.execute("DROP SCHEMA store CASCADE")
