"""Releases: incidents, stages, the log of deployments, runs of runbooks, and what the database holds by itself."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_releases_operations"
down_revision = "20261122_releases_deployments"
branch_labels = None
depends_on = None

SCHEMA = "releases"
RULES = Path(__file__).parents[1] / "sql" / "releases_rules.sql"


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("environment_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("severity", sa.Text(), server_default="high", nullable=False),
        sa.Column("needs_intervention", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=True),
        sa.Column("deployment_id", sa.BigInteger(), nullable=True),
        sa.Column("attribution", sa.Text(), server_default="", nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("attribution <> '' OR deployment_id IS NULL", name=op.f("incidents_attribution_check")),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("incidents_severity_check")),
        sa.CheckConstraint("resolved_at >= opened_at", name=op.f("incidents_period_check")),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["releases.deployments.id"],
            name=op.f("incidents_deployment_id_fkey"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["releases.environments.id"],
            name=op.f("incidents_environment_id_fkey"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["releases.users.id"], name=op.f("incidents_opened_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["releases.users.id"], name=op.f("incidents_resolved_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["releases.services.id"], name=op.f("incidents_service_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("incidents_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("incidents_deployment_id_idx"), "incidents", ["deployment_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("incidents_environment_id_idx"), "incidents", ["environment_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("incidents_opened_by_idx"), "incidents", ["opened_by"], unique=False, schema=SCHEMA)
    op.create_index(op.f("incidents_resolved_by_idx"), "incidents", ["resolved_by"], unique=False, schema=SCHEMA)
    op.create_index(
        op.f("incidents_service_id_opened_at_idx"),
        "incidents",
        ["service_id", "opened_at"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "stages",
        sa.Column("deployment_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("log", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('running', 'succeeded', 'failed', 'skipped')", name=op.f("stages_state_check")),
        sa.ForeignKeyConstraint(
            ["deployment_id"], ["releases.deployments.id"], name=op.f("stages_deployment_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("deployment_id", "number", name=op.f("stages_pkey")),
        schema=SCHEMA,
    )
    op.create_table(
        "status_changes",
        sa.Column("deployment_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["releases.deployments.id"],
            name=op.f("status_changes_deployment_id_fkey"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("status_changes_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("status_changes_deployment_id_id_idx"),
        "status_changes",
        ["deployment_id", "id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_table(
        "runbook_runs",
        sa.Column("runbook_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("deployment_id", sa.BigInteger(), nullable=True),
        sa.Column("started_by", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["releases.deployments.id"],
            name=op.f("runbook_runs_deployment_id_fkey"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["releases.incidents.id"], name=op.f("runbook_runs_incident_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["runbook_id"], ["releases.runbooks.id"], name=op.f("runbook_runs_runbook_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["releases.users.id"], name=op.f("runbook_runs_started_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("runbook_runs_pkey")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("runbook_runs_deployment_id_idx"), "runbook_runs", ["deployment_id"], unique=False, schema=SCHEMA
    )
    op.create_index(op.f("runbook_runs_incident_id_idx"), "runbook_runs", ["incident_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("runbook_runs_runbook_id_idx"), "runbook_runs", ["runbook_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("runbook_runs_started_by_idx"), "runbook_runs", ["started_by"], unique=False, schema=SCHEMA)
    op.create_table(
        "hook_deliveries",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("object", sa.Text(), server_default="", nullable=False),
        sa.Column("external", sa.Text(), server_default="", nullable=False),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("deployment_id", sa.BigInteger(), nullable=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("outcome IN ('taken', 'ignored', 'refused')", name=op.f("hook_deliveries_outcome_check")),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["releases.deployments.id"],
            name=op.f("hook_deliveries_deployment_id_fkey"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["releases.incidents.id"],
            name=op.f("hook_deliveries_incident_id_fkey"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("hook_deliveries_pkey")),
        schema=SCHEMA,
    )
    for columns in (["source", "external"], ["created_at"], ["deployment_id"], ["incident_id"]):
        name = f"hook_deliveries_{'_'.join(columns)}_idx"
        op.create_index(op.f(name), "hook_deliveries", columns, unique=False, schema=SCHEMA)
    op.create_foreign_key(
        op.f("deployments_incident_id_fkey"), "deployments", "incidents", ["incident_id"], ["id"],
        source_schema=SCHEMA, referent_schema=SCHEMA, ondelete="SET NULL",
    )  # fmt: skip
    op.execute(RULES.read_text())


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_changes ON releases.changes")
    op.execute("DROP TRIGGER keep_published ON releases.releases")
    op.execute("DROP FUNCTION releases.keep_changes()")
    op.execute("DROP FUNCTION releases.keep_published()")
    op.drop_constraint(op.f("deployments_incident_id_fkey"), "deployments", schema=SCHEMA, type_="foreignkey")
    op.drop_table("hook_deliveries", schema=SCHEMA)
    op.drop_table("runbook_runs", schema=SCHEMA)
    op.drop_table("status_changes", schema=SCHEMA)
    op.drop_table("stages", schema=SCHEMA)
    op.drop_table("incidents", schema=SCHEMA)
