import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portico.kernel.settings import SettingsError
from portico.serve import require_room_on_replica
from tests.commands import run
from tests.servers import KEY, settings_of


def examined(folder: Path, **settings: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code, and what was found of each check."""
    done = run("doctor", "--json", folder=folder, **{"ENVIRONMENT": "testing", "SECRET_KEY": KEY, **settings})
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["ok"] is (done.returncode == 0)
    return done.returncode, {one["check"]: (one["status"], one["text"]) for one in said["checks"]}


def test_all_is_well(database_url: str, tmp_path: Path) -> None:
    code, found = examined(tmp_path, DATABASE_URL=database_url)
    assert code == 0, found
    assert {check: status for check, (status, _) in found.items()} == {
        "settings": "ok", "disk": "ok", "files": "ok", "limits": "skipped", "smtp": "skipped", "redis": "skipped",
        "database": "ok", "role": "ok", "migrations": "ok",
        "connections": "ok", "replica": "skipped",
    }  # fmt: skip


def test_each_trouble_has_a_line_that_says_what_to_do(
    database_url: str, new_database: Callable[..., str], tmp_path: Path
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE portico.alembic_version SET version_num = 'old'")
    settings = {"DATABASE_URL": database_url, "DB_POOL_SIZE": "5000", "REDIS_URL": "redis://:canary@127.0.0.1:1/0"}
    settings["SMTP_URL"] = "smtp://canary:canary@127.0.0.1:1"
    settings["READ_DATABASE_URL"] = "postgresql://canary:canary@127.0.0.1:1/none"
    code, found = examined(tmp_path, **settings)
    assert code == 1
    for check, advice in (
        ("migrations", "run `portico migrate`"), ("connections", "lower WEB_CONCURRENCY"), ("redis", "start it"),
        ("smtp", "correct SMTP_URL"), ("replica", "correct READ_DATABASE_URL"),
    ):  # fmt: skip
        status, text = found[check]
        assert (status, advice in text) == ("fail", True), text
    assert "canary" not in str(found)


def test_callers_without_limits_are_a_warning_where_real_users_are(database_url: str, tmp_path: Path) -> None:
    own = {"ENVIRONMENT": "production", "SECRET_KEY": "n0-0ther-machine-has-this-0ne-4711"}
    settings = {**own, "DATABASE_URL": database_url, "RATE_LIMIT": "600/60"}
    code, found = examined(tmp_path, **settings)
    assert (code, found["limits"][0]) == (0, "warn"), "the store has a limit of its own"
    assert "Callers of store may" in found["limits"][1]
    code, found = examined(tmp_path, **settings, STORE_RATE_LIMIT="1000/60")
    assert found["limits"][0] == "ok"
    assert "store 1000/60, items 600/60" in found["limits"][1]


def test_no_database_and_no_settings(tmp_path: Path) -> None:
    code, found = examined(tmp_path, DATABASE_URL="postgresql://nobody:canary@127.0.0.1:1/none")
    assert (code, found["database"][0], found["role"][0]) == (1, "fail", "skipped")
    assert "canary" not in str(found)
    code, found = examined(tmp_path, ENVIRONMENT="production", SECRET_KEY="short")
    assert code == 1
    assert list(found) == ["settings"]
    assert "SECRET_KEY" in found["settings"][1]


def test_a_replica_has_to_be_one(database_url: str, tmp_path: Path) -> None:
    code, found = examined(tmp_path, DATABASE_URL=database_url, READ_DATABASE_URL=database_url)
    assert (code, found["replica"][0]) == (1, "fail")
    assert "no streaming replica" in found["replica"][1]


def test_a_server_asks_its_replica_for_no_more_connections_than_it_has(database_url: str) -> None:
    away = settings_of(database_url, read_database_url="postgresql://127.0.0.1:1/none", db_pool_size=5000)
    require_room_on_replica(away)
    require_room_on_replica(settings_of(database_url, read_database_url=database_url, db_pool_size=5))
    with pytest.raises(SettingsError, match="READ_DATABASE_URL"):
        require_room_on_replica(settings_of(database_url, read_database_url=database_url, db_pool_size=5000))
