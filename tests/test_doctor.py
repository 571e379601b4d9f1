import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from tests.commands import run
from tests.servers import KEY


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
        "settings": "ok", "disk": "ok", "files": "ok", "smtp": "skipped", "redis": "skipped",
        "database": "ok", "role": "ok", "migrations": "ok",
        "connections": "ok",
    }  # fmt: skip


def test_each_trouble_has_a_line_that_says_what_to_do(
    database_url: str, new_database: Callable[..., str], tmp_path: Path
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE portico.alembic_version SET version_num = 'old'")
    settings = {"DATABASE_URL": database_url, "DB_POOL_SIZE": "5000", "REDIS_URL": "redis://:canary@127.0.0.1:1/0"}
    settings["SMTP_URL"] = "smtp://canary:canary@127.0.0.1:1"
    code, found = examined(tmp_path, **settings)
    assert code == 1
    for check, advice in (
        ("migrations", "run `portico migrate`"), ("connections", "lower WEB_CONCURRENCY"), ("redis", "start it"),
        ("smtp", "correct SMTP_URL"),
    ):  # fmt: skip
        status, text = found[check]
        assert (status, advice in text) == ("fail", True), text
    assert "canary" not in str(found)


def test_no_database_and_no_settings(tmp_path: Path) -> None:
    code, found = examined(tmp_path, DATABASE_URL="postgresql://nobody:canary@127.0.0.1:1/none")
    assert (code, found["database"][0], found["role"][0]) == (1, "fail", "skipped")
    assert "canary" not in str(found)
    code, found = examined(tmp_path, ENVIRONMENT="production", SECRET_KEY="short")
    assert code == 1
    assert list(found) == ["settings"]
    assert "SECRET_KEY" in found["settings"][1]
