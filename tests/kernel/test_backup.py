"""Backup and restore: what comes out is what went in, and whatever is not is noticed."""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from portico.kernel import backup, backup_archive
from portico.kernel.backup_archive import Manifest
from portico.kernel.postgres_clients import BackupError, PostgresClients
from portico.kernel.table_digests import digests
from portico.registry import APP_NAMES
from tests.commands import run
from tests.databases import Databases
from tests.servers import serving_app

SCHEMAS = ("portico", *APP_NAMES, "none_such")
ALL = (*SCHEMAS, "portico_queue")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def archive(store_url: str, tmp_path: Path) -> Path:
    """A backup of the store's sample data and of two files."""
    files = tmp_path / "files"
    (files / "ab").mkdir(parents=True)
    (files / "ab/picture").write_bytes(bytes(range(256)) * 100)
    (files / "empty").touch()
    take(store_url, tmp_path / "backup.zip", files)
    return tmp_path / "backup.zip"


@pytest.fixture
def empty_url(databases: Databases, worker_id: str) -> Iterator[str]:
    """A database in which nothing was ever migrated."""
    url = databases.clone("bare", lambda url: None, worker=worker_id)
    yield url
    databases.drop(url)


def take(url: str, target: Path, files: Path | None = None) -> Manifest:
    return backup.take(
        url, target, schemas=SCHEMAS, files=files, clients=PostgresClients.find(), version="1", now=NOW,
        progress=lambda done, of: None,
    )  # fmt: skip


def restore(url: str, source: Path, *, force: bool = False, files: Path | None = None) -> backup.Comparison:
    return backup.restore(
        url, source, force=force, files=files, clients=PostgresClients.find(), progress=lambda done, of: None
    )


def test_what_comes_out_is_what_went_in(archive: Path, store_url: str, empty_url: str, tmp_path: Path) -> None:
    files = tmp_path / "restored"
    comparison = restore(empty_url, archive, files=files)
    assert comparison.different == []
    assert comparison.tables["store.products"].rows == 20
    assert (files / "ab/picture").read_bytes() == (tmp_path / "files/ab/picture").read_bytes()
    assert contents(empty_url) == contents(store_url)
    assert rights(empty_url) == rights(store_url)


def test_a_restored_app_serves_what_the_other_one_had(
    new_database: Callable[..., str], empty_url: str, tmp_path: Path
) -> None:
    """Rows, files and sessions: a token of before the backup is good after it, since the key is the same."""
    picture = bytes(range(256)) * 2000
    source, target = tmp_path / "source", tmp_path / "target"
    url = new_database("items")
    with serving_app("items", url, portico_data_dir=source) as client:
        entered = client.post("/auth/login", json={"email": "test@example.com", "password": "password123"}).json()
        added = client.post("/items/1/files", files={"file": ("lamp.bin", picture)})
        assert added.status_code == 201, added.text
        listed = client.get("/items").json()
        take(url, tmp_path / "backup.zip", source / "files")
    assert restore(empty_url, tmp_path / "backup.zip", files=target / "files").different == []
    with serving_app("items", empty_url, portico_data_dir=target) as client:
        assert client.get("/items").json() == listed
        assert client.get(f"/items/1/files/{added.json()['id']}").content == picture
        bearer = {"Authorization": f"Bearer {entered['access_token']}"}
        assert client.post("/auth/verify", headers=bearer).status_code == 200
        assert client.post("/items", json={"name": "Next", "price": 1}).json()["id"] == max(i["id"] for i in listed) + 1


def test_a_restored_database_goes_on_where_the_other_one_was(archive: Path, empty_url: str) -> None:
    restore(empty_url, archive)
    with psycopg.connect(empty_url) as connection:
        connection.execute("SET ROLE portico_app")  # who may write, and does not take ids again
        connection.execute("INSERT INTO store.categories (name) VALUES ('new')")
        connection.rollback()
        connection.execute("CREATE TABLE store.later (id int)")  # as the next migration will
        assert connection.execute("SELECT has_table_privilege('portico_app', 'store.later', 'INSERT')").fetchone() == (
            True,
        )


def test_a_changed_bit_anywhere_is_noticed_before_the_database_is_touched(
    archive: Path, empty_url: str, tmp_path: Path
) -> None:
    whole = archive.read_bytes()
    with zipfile.ZipFile(archive) as members:
        places = [info.header_offset + within for info in members.infolist() for within in range(0, 60, 3)]
    places += range(len(whole) - 600, len(whole))  # the list of members, and the seal
    places += range(0, len(whole), len(whole) // 300)
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        archive.write_bytes(damaged)
        folder = tmp_path / f"unpacked-{place}"
        with pytest.raises(BackupError, match=r"is damaged: [^\n]+\.$"):
            backup_archive.unpack(archive, folder)
        assert not folder.exists()
    with pytest.raises(BackupError, match="is damaged"):
        restore(empty_url, archive, files=tmp_path / "restored")
    assert contents(empty_url) == {}
    assert not (tmp_path / "restored").exists()


def test_a_file_that_goes_away_meanwhile_is_left_out(
    store_url: str, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for name in ("a", "b", "c", ".draft"):
        (files / name).write_text(name)
    names = list(backup_archive._files_below(files))
    monkeypatch.setattr(backup_archive, "_files_below", lambda folder: iter(names))
    (files / "b").unlink()
    manifest = take(store_url, tmp_path / "backup.zip", files)
    assert set(manifest.files) == {"a", "c"}
    monkeypatch.undo()
    restored = tmp_path / "restored"
    assert restore(empty_url, tmp_path / "backup.zip", files=restored).different == []
    assert {path.name: path.stat().st_mode & 0o777 for path in restored.iterdir()} == {"a": 0o600, "c": 0o600}
    assert restored.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_a_backup_that_was_cut_is_noticed(kept: int, archive: Path, empty_url: str) -> None:
    archive.write_bytes(archive.read_bytes()[:kept])
    with pytest.raises(BackupError, match="is damaged"):
        restore(empty_url, archive)


def test_an_owner_who_is_nobody_special_can_restore_and_back_up(archive: Path, empty_url: str, tmp_path: Path) -> None:
    """As docs/operations.md makes the roles: an owner of the database who may neither make roles nor pass policies."""
    url = make_url(empty_url)
    owner = f"owner_of_{url.database}"[:63]
    with psycopg.connect(empty_url, autocommit=True) as connection:
        make_vector(connection)
        connection.execute(f'CREATE ROLE "{owner}" LOGIN; GRANT portico_app TO "{owner}"')
        connection.execute(f'ALTER DATABASE "{url.database}" OWNER TO "{owner}"')
        try:
            as_owner = url.set(username=owner).render_as_string(hide_password=False)
            assert restore(as_owner, archive).different == []
            restored = restore(as_owner, archive, force=True)
            assert restored.different == []
            assert restored.manifest.tables["factory.companies"].rows == 1
            assert take(as_owner, tmp_path / "again.zip").tables == restored.manifest.tables
            connection.execute("DROP POLICY door ON factory.users")
            with pytest.raises(BackupError, match=r"does not see all rows of factory\.users"):
                take(as_owner, tmp_path / "less.zip")
        finally:
            connection.execute(f'ALTER DATABASE "{url.database}" OWNER TO CURRENT_USER')
            connection.execute(f'DROP OWNED BY "{owner}" CASCADE')
            connection.execute(f'DROP ROLE "{owner}"')


def make_vector(connection: psycopg.Connection[Any]) -> None:
    """Which only an administrator may, where the server has it."""
    if connection.execute("SELECT FROM pg_available_extensions WHERE name = 'vector'").rowcount:
        connection.execute("CREATE EXTENSION vector")


def test_a_database_with_something_in_it_is_left_alone(
    archive: Path, new_database: Callable[..., str], tmp_path: Path
) -> None:
    url = new_database()
    before = contents(url)
    with pytest.raises(BackupError, match=r"There is something already: .*portico.*--force\.$"):
        restore(url, archive)
    assert contents(url) == before
    files = tmp_path / "other"
    (files / "cd").mkdir(parents=True)
    (files / "cd/old").touch()
    assert restore(url, archive, force=True, files=files).different == []
    assert sorted(path.name for path in files.rglob("*") if path.is_file()) == ["empty", "picture"]


def test_a_restore_that_fails_changes_nothing(archive: Path, new_database: Callable[..., str], tmp_path: Path) -> None:
    url = new_database()
    files = tmp_path / "other"
    files.mkdir()
    (files / "old").touch()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE VIEW public.reader AS SELECT * FROM store.products")
    before = contents(url)
    with psycopg.connect(url) as blocker:
        blocker.execute("LOCK TABLE store.products IN ACCESS SHARE MODE")
        with pytest.raises(BackupError, match="refused"):
            restore(url.replace("?", "?options=-c%20lock_timeout%3D100&"), archive, force=True, files=files)
    assert contents(url) == before
    assert [path.name for path in files.rglob("*") if path.is_file()] == ["old"]


def test_the_snapshot_is_one(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written after the dump has begun is neither in it nor in the hashes."""
    real = PostgresClients.dump

    def dump_and_write(self: PostgresClients, url: str, target: Path, **options: object) -> None:
        real(self, url, target, **options)  # type: ignore[arg-type]
        with psycopg.connect(store_url) as connection:
            connection.execute("DELETE FROM store.cart_items")

    monkeypatch.setattr(PostgresClients, "dump", dump_and_write)
    manifest = take(store_url, tmp_path / "backup.zip")
    assert manifest.tables["store.cart_items"].rows > 0
    drilled = backup.drill(
        tmp_path / "backup.zip", clients=PostgresClients.find(), bin_dir=None, progress=lambda done, of: None
    )
    assert drilled.different == []


def test_the_commands(store_url: str, empty_url: str, tmp_path: Path) -> None:
    file = str(tmp_path / "backup.zip")
    settings = {"DATABASE_URL": store_url, "PORTICO_DATA_DIR": str(tmp_path / "data")}
    made = run("db", "backup", file, folder=tmp_path, **settings)
    assert made.returncode == 0, made.stderr
    assert re.search(r"\d+ tables, \d+ rows, 0 files", made.stdout)
    assert (tmp_path / "backup.zip").stat().st_mode & 0o077 == 0
    drill = run("db", "drill", file, folder=tmp_path, **settings)
    assert drill.returncode == 0, drill.stderr
    assert "store.products" in drill.stdout
    assert "are equal" in drill.stdout
    again = run("db", "restore", file, folder=tmp_path, **settings)
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert "--force" in again.stderr
    (tmp_path / "backup.zip").write_bytes(b"nothing")
    assert run("db", "drill", file, folder=tmp_path, **settings).returncode == 1


def contents(url: str) -> dict[str, object]:
    with closing(psycopg.connect(url)) as connection:
        return {**digests(connection, ALL)}


def rights(url: str) -> list[tuple[object, ...]]:
    """Who may do what with which table and sequence; owners have other names elsewhere."""
    query = """
        SELECT table_schema, table_name, grantee, privilege_type FROM information_schema.role_table_grants
        WHERE grantee = 'portico_app' ORDER BY 1, 2, 3, 4"""
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()
