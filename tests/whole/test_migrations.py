"""One history that goes all the way up, says what the code says, and goes all the way down again."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory

from portico import registry
from portico.kernel import migrations
from portico.kernel.embedded_postgres import EmbeddedPostgres
from portico.kernel.tables import KERNEL_SCHEMA
from tests.whole.project import ROOT

HISTORY = ROOT / "migrations"
SCHEMAS = (KERNEL_SCHEMA, *registry.APP_NAMES)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A fresh database. Its folder is outside pytest's own, which `nobody` may not enter when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="portico-migrations-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "data", options={"fsync": "off"})
    try:
        yield server.start()
    finally:
        server.stop(force=True)
        shutil.rmtree(folder)


def test_up_check_down_step_by_step_and_up_again(url: str) -> None:
    migrations.upgrade(url)
    migrations.check(url)
    at_head = _objects(url)
    assert at_head
    for revision in _revisions_from_the_newest():
        migrations.downgrade(url, revision)
    assert _objects(url) == set(), "a downgrade leaves something behind"
    migrations.upgrade(url)
    assert _objects(url) == at_head


def test_the_application_role_owns_nothing(url: str) -> None:
    """The owner migrates; the role that serves requests can neither alter a table nor switch a policy off."""
    migrations.upgrade(url)
    query = """
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE r.rolname = 'portico_app'"""
    with psycopg.connect(url) as connection:
        assert connection.execute(query).fetchall() == []


def test_every_file_name_carries_date_and_app() -> None:
    for file in (HISTORY / "versions").glob("*.py"):
        assert re.fullmatch(rf"\d{{8}}_({'|'.join(SCHEMAS)})_\w+", file.stem), file.name


def _revisions_from_the_newest() -> Iterator[str]:
    """The target of each downgrade: the parent of each revision, and `base` below the first."""
    for script in ScriptDirectory(str(HISTORY)).walk_revisions():
        assert script.down_revision is None or isinstance(script.down_revision, str), "the history has one line"
        yield script.down_revision or "base"


def _objects(url: str) -> set[str]:
    """Tables, indexes, sequences, views, functions, triggers, policies and types in our schemas."""
    query = """
        WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY(%(schemas)s))
        SELECT nspname || '.' || relname FROM pg_class JOIN ours ON ours.oid = relnamespace
            WHERE relname NOT LIKE 'alembic_version%%'
        UNION ALL SELECT nspname || '.' || proname || '()' FROM pg_proc JOIN ours ON ours.oid = pronamespace
        UNION ALL SELECT nspname || '.' || relname || '!' || tgname FROM pg_trigger
            JOIN pg_class ON pg_class.oid = tgrelid JOIN ours ON ours.oid = relnamespace WHERE NOT tgisinternal
        UNION ALL SELECT schemaname || '.' || tablename || '?' || policyname FROM pg_policies
            WHERE schemaname = ANY(%(schemas)s)
        UNION ALL SELECT nspname || '.' || typname FROM pg_type JOIN ours ON ours.oid = typnamespace
            WHERE typtype IN ('e', 'd')"""
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(query, {"schemas": list(SCHEMAS)})}
