"""Releases: deployments, gates, approvals, overrides of freezes."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_releases_deployments"
down_revision = "20261122_releases_rules"
branch_labels = None
depends_on = None

SCHEMA = "releases"


def upgrade() -> None:
    op.create_table(
        "deployments",
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("environment_id", sa.BigInteger(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approval_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_rollback", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_emergency", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.Column("retry_of_id", sa.BigInteger(), nullable=True),
        sa.Column("rollback_of_id", sa.BigInteger(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("agent_key", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("reviewed_by", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'awaiting_approval', 'scheduled', 'queued', 'running', 'succeeded', 'failed', "
            "'cancelled', 'rejected', 'expired')",
            name=op.f("deployments_state_check"),
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["releases.environments.id"],
            name=op.f("deployments_environment_id_fkey"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["releases.deployments.id"], name=op.f("deployments_previous_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.releases.id"], name=op.f("deployments_release_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["releases.users.id"], name=op.f("deployments_requester_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["retry_of_id"], ["releases.deployments.id"], name=op.f("deployments_retry_of_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["releases.users.id"], name=op.f("deployments_reviewed_by_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rollback_of_id"], ["releases.deployments.id"], name=op.f("deployments_rollback_of_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["releases.services.id"], name=op.f("deployments_service_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("deployments_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("deployments_ended_at_idx"), "deployments", ["ended_at"], unique=False, schema=SCHEMA)
    op.create_index(
        op.f("deployments_environment_id_service_id_ended_at_idx"),
        "deployments",
        ["environment_id", "service_id", "ended_at"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(op.f("deployments_incident_id_idx"), "deployments", ["incident_id"], unique=False, schema=SCHEMA)
    op.create_index(
        "deployments_one_at_a_time",
        "deployments",
        ["service_id", "environment_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(op.f("deployments_previous_id_idx"), "deployments", ["previous_id"], unique=False, schema=SCHEMA)
    op.create_index(
        op.f("deployments_release_id_id_idx"), "deployments", ["release_id", "id"], unique=False, schema=SCHEMA
    )
    op.create_index(op.f("deployments_requester_id_idx"), "deployments", ["requester_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("deployments_retry_of_id_idx"), "deployments", ["retry_of_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("deployments_reviewed_by_idx"), "deployments", ["reviewed_by"], unique=False, schema=SCHEMA)
    op.create_index(
        op.f("deployments_rollback_of_id_idx"), "deployments", ["rollback_of_id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        op.f("deployments_service_id_id_idx"), "deployments", ["service_id", "id"], unique=False, schema=SCHEMA
    )
    op.create_index(
        "deployments_succeeded",
        "deployments",
        ["environment_id", "service_id", "ended_at", "id"],
        unique=False,
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'succeeded'"),
        postgresql_include=["release_id"],
    )
    op.create_index(op.f("deployments_state_id_idx"), "deployments", ["state", "id"], unique=False, schema=SCHEMA)
    op.create_table(
        "gates",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("status IN ('pending', 'passed', 'failed')", name=op.f("gates_status_check")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.releases.id"], name=op.f("gates_release_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["releases.users.id"], name=op.f("gates_reported_by_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("gates_pkey")),
        sa.UniqueConstraint("release_id", "name", name=op.f("gates_release_id_name_key")),
        schema=SCHEMA,
    )
    op.create_index(op.f("gates_reported_by_idx"), "gates", ["reported_by"], unique=False, schema=SCHEMA)
    op.create_table(
        "approvals",
        sa.Column("deployment_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.BigInteger(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'rejected')", name=op.f("approvals_decision_check")),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["releases.deployments.id"],
            name=op.f("approvals_deployment_id_fkey"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["releases.approval_rules.id"], name=op.f("approvals_rule_id_fkey"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["releases.users.id"], name=op.f("approvals_user_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("approvals_pkey")),
        schema=SCHEMA,
    )
    op.create_index(op.f("approvals_deployment_id_idx"), "approvals", ["deployment_id"], unique=False, schema=SCHEMA)
    op.create_index(
        "approvals_one_each",
        "approvals",
        ["deployment_id", "user_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index(op.f("approvals_rule_id_idx"), "approvals", ["rule_id"], unique=False, schema=SCHEMA)
    op.create_index(op.f("approvals_user_id_idx"), "approvals", ["user_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "freeze_overrides",
        sa.Column("freeze_id", sa.BigInteger(), nullable=False),
        sa.Column("deployment_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["releases.deployments.id"],
            name=op.f("freeze_overrides_deployment_id_fkey"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["freeze_id"], ["releases.freezes.id"], name=op.f("freeze_overrides_freeze_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["releases.users.id"], name=op.f("freeze_overrides_user_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("freeze_overrides_pkey")),
        sa.UniqueConstraint("freeze_id", "deployment_id", name=op.f("freeze_overrides_freeze_id_deployment_id_key")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("freeze_overrides_deployment_id_idx"), "freeze_overrides", ["deployment_id"], unique=False, schema=SCHEMA
    )
    op.create_index(op.f("freeze_overrides_user_id_idx"), "freeze_overrides", ["user_id"], unique=False, schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("freeze_overrides", schema=SCHEMA)
    op.drop_table("approvals", schema=SCHEMA)
    op.drop_table("gates", schema=SCHEMA)
    op.drop_table("deployments", schema=SCHEMA)
