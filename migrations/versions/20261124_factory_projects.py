"""Factory: articles, materials, locations, projects with components and assemblies."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_factory_projects"
down_revision = "20261124_factory"
branch_labels = None
depends_on = None

SCHEMA = "factory"
TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::uuid")


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.Text(), server_default="pcs", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("articles_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("articles_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("articles_company_id_code_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "materials",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.Text(), server_default="pcs", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("materials_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("materials_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("materials_company_id_code_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "locations",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="store", nullable=False),
        sa.Column("workstation_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('store', 'floor', 'trolley', 'quarantine')", name=op.f("locations_kind_check")),
        sa.ForeignKeyConstraint(
            ["company_id", "workstation_id"],
            ["factory.workstations.company_id", "factory.workstations.id"],
            name=op.f("locations_company_id_workstation_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("locations_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("locations_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("locations_company_id_code_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "projects",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("customer", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("projects_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("projects_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("projects_company_id_code_key")),
        schema=SCHEMA,
    )
    op.create_table(
        "components",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "project_id"],
            ["factory.projects.company_id", "factory.projects.id"],
            name=op.f("components_company_id_project_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("components_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("components_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("components_company_id_code_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("components_company_id_project_id_idx"),
        "components",
        ["company_id", "project_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "assemblies",
        sa.Column("company_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("trolley", sa.Text(), server_default="", nullable=False),
        sa.Column("cell", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "component_id"],
            ["factory.components.company_id", "factory.components.id"],
            name=op.f("assemblies_company_id_component_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["factory.companies.id"], name=op.f("assemblies_company_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("assemblies_pkey")),
        sa.UniqueConstraint("company_id", "code", name=op.f("assemblies_company_id_code_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("assemblies_company_id_component_id_idx"),
        "assemblies",
        ["company_id", "component_id"],
        unique=False,
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("assemblies", schema=SCHEMA)
    op.drop_table("components", schema=SCHEMA)
    op.drop_table("projects", schema=SCHEMA)
    op.drop_table("locations", schema=SCHEMA)
    op.drop_table("materials", schema=SCHEMA)
    op.drop_table("articles", schema=SCHEMA)
