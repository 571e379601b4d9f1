"""Bringing a database to the newest revision. That the history holds together is tested in tests/whole."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.util import CommandError
from sqlalchemy.engine import make_url

from portico.kernel import migrations
from portico.kernel.database import conninfo
from tests.commands import environment, program
from tests.whole.project import ROOT

LOCK = "SELECT pg_advisory_lock(7163061)"
VERSION = "SELECT version_num FROM portico.alembic_version"


@pytest.fixture
def bare_url(database_url: str) -> str:
    """A database without any of our tables."""
    migrations.downgrade(database_url, "base")
    return database_url


def version(url: str) -> str | None:
    with psycopg.connect(conninfo(url)) as connection:
        row = connection.execute(VERSION).fetchone()
    return row and row[0]


def test_many_processes_at_once_migrate_once(bare_url: str) -> None:
    program = "import sys; from portico.kernel.migrations import upgrade; upgrade(sys.argv[1])"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, bare_url], env=environment(), stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    assert version(bare_url) == migrations.head()


def test_whoever_comes_second_waits_for_as_long_as_it_takes(bare_url: str) -> None:
    """A migration may take minutes. The servers that start meanwhile wait; only locks on tables are given up soon."""
    with ThreadPoolExecutor(1) as pool, psycopg.connect(bare_url) as first:
        first.execute(LOCK)
        second = pool.submit(migrations.upgrade, bare_url)
        began = time.monotonic()
        while time.monotonic() - began < 3 and not second.done():
            time.sleep(0.05)
        was_waiting = not second.done()
        first.execute("SELECT pg_advisory_unlock_all()")
        second.result(30)
    assert was_waiting
    assert version(bare_url) == migrations.head()


@pytest.mark.alone
def test_a_table_in_use_is_not_waited_for(database_url: str) -> None:
    """A migration that queues for a table makes all who read it queue behind it: it gives up, and is tried again."""
    with psycopg.connect(database_url) as reader:
        reader.execute("LOCK TABLE portico.idempotency_keys, portico.seeded IN ACCESS SHARE MODE")
        began = time.monotonic()
        with pytest.raises(Exception, match="lock timeout"):
            migrations.downgrade(database_url, "base")
        assert time.monotonic() - began < 6
    migrations.downgrade(database_url, "base")
    migrations.upgrade(database_url)


def test_a_migration_that_fails_leaves_the_lock_to_the_next(database_url: str) -> None:
    with pytest.raises(CommandError, match="no_such_revision"):
        migrations.upgrade(database_url, "no_such_revision")
    migrations.upgrade(database_url)


def test_tables_that_differ_from_the_code_are_found(database_url: str) -> None:
    migrations.check(database_url)
    with psycopg.connect(database_url) as owner:
        owner.execute("ALTER TABLE portico.seeded ADD COLUMN more int")
    with pytest.raises(CommandError, match="New upgrade operations detected"):
        migrations.check(database_url)


@pytest.mark.parametrize("form", ["postgresql://", "postgresql+psycopg://", "postgresql+asyncpg://", "postgres://"])
def test_every_form_of_url_is_migrated(bare_url: str, form: str) -> None:
    migrations.upgrade(bare_url.replace("postgresql://", form))
    assert version(bare_url) == migrations.head()


def test_alembic_s_own_command_works(bare_url: str) -> None:
    def alembic(*arguments: str) -> str:
        done = subprocess.run(
            [program("alembic"), *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
            env=environment(DATABASE_URL=bare_url, ENVIRONMENT="testing"),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    alembic("upgrade", "head")
    assert version(bare_url) == migrations.head()
    alembic("check")
    alembic("downgrade", "-1")
    assert version(bare_url) != migrations.head()
    alembic("upgrade", "head")
    assert migrations.head() in alembic("current")


@pytest.fixture
def plain_owner(bare_url: str) -> Iterator[str]:
    """The URL of an empty database for an owner who is no superuser but may make roles, as managed servers have it."""
    with psycopg.connect(bare_url, autocommit=True) as superuser:
        superuser.execute("DROP SCHEMA portico CASCADE")
        superuser.execute("CREATE ROLE plain_owner LOGIN CREATEROLE PASSWORD 'plain'")
        superuser.execute("GRANT portico_app TO plain_owner WITH ADMIN OPTION")
        superuser.execute(f'GRANT CREATE ON DATABASE "{superuser.info.dbname}" TO plain_owner'.encode())
        yield make_url(bare_url).set(username="plain_owner", password="plain").render_as_string(hide_password=False)
        superuser.execute("DROP OWNED BY plain_owner; DROP ROLE plain_owner")


def test_the_owner_needs_to_be_no_superuser(plain_owner: str) -> None:
    migrations.upgrade(plain_owner)
    with psycopg.connect(plain_owner, options="-c role=portico_app") as connection:
        assert connection.execute("SELECT count(*) FROM portico.seeded").fetchone() == (0,)
        # The factory's doors look as their owner, whom row-level security binds: it is forced.
        assert connection.execute("SELECT count(*) FROM factory.company_ids()").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM factory.companies").fetchone() == (0,)
