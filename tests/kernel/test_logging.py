import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
import structlog
from fastapi import Body
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from portico.kernel.log_file import KEPT, RotatingFile
from portico.kernel.logging import REDACTED, access_line, configure, redact
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Writing
from tests.commands import environment, eventually, served
from tests.kernel.tiny import make_tables
from tests.servers import settings_of

ROOT = Path(__file__).parents[2]
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "logs" / "portico.log"
    configure(settings_of(NOWHERE))


def configured(log: Path, **options: Any) -> structlog.stdlib.BoundLogger:
    configure(settings_of(NOWHERE, **{"log_level": "INFO", "log_format": "json", "log_file": log, **options}))
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("portico.test")
    return logger


def events(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_an_event_is_one_line_of_json(log: Path) -> None:
    logger = configured(log)
    logger.info("said", number=7, text="two\nlines", at=datetime(2026, 1, 2, tzinfo=UTC), odd={1})
    (event,) = events(log)
    age = datetime.now(UTC) - datetime.fromisoformat(event.pop("time"))
    assert 0 <= age.total_seconds() < 60
    assert event == {
        "level": "info", "event": "said", "number": 7, "text": "two\nlines", "at": "2026-01-02T00:00:00+00:00",
        "odd": "{1}",
    }  # fmt: skip


def test_an_error_brings_its_traceback_on_the_same_line(log: Path) -> None:
    logger = configured(log)
    try:
        raise ValueError("the reason")
    except ValueError:
        logger.exception("failed")
    (event,) = events(log)
    assert event["level"] == "error"
    assert "ValueError: the reason" in event["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_local_variable(log: Path, form: str) -> None:
    logger = configured(log, log_format=form)
    hidden = "".join(["can", "ary"])
    try:
        raise ValueError(str(len(hidden)))
    except ValueError:
        logger.exception("failed")
        logging.getLogger("of.a.library").exception("failed as well")
    assert log.read_text().count("ValueError: 6") == 2
    assert "canary" not in log.read_text()


def test_the_level_is_the_least_that_is_shown(log: Path) -> None:
    logger = configured(log, log_level="WARNING")
    logger.info("hidden")
    access_line(status=200)
    logging.getLogger("of.a.library").info("hidden")
    logger.warning("shown")
    logging.getLogger("of.a.library").error("shown %d", 2)
    assert [event["event"] for event in events(log)] == ["shown", "shown 2"]


def test_libraries_log_in_the_same_form(log: Path) -> None:
    configured(log)
    logging.getLogger("of.a.library").warning("it is %s", "late", extra={"password": "canary", "attempt": 3})
    logging.getLogger("uvicorn.access").info("a second line for each request")
    (event,) = events(log)
    assert set(event) == {"time", "level", "event", "password", "attempt"}
    assert (event["event"], event["level"], event["attempt"]) == ("it is late", "warning", 3)
    assert event["password"] == REDACTED


def test_the_form_follows_the_environment(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    configured(log, log_format=None, environment="production", secret_key="x" * 40).info("in production")
    assert events(log)[0]["event"] == "in production"
    log.unlink()
    configured(log, log_format=None, environment="development").info("in development", number=7)
    assert "in development" in log.read_text()
    assert "number=7" in log.read_text()
    with pytest.raises(json.JSONDecodeError):
        events(log)
    assert "\x1b[" not in log.read_text(), "a file has no colours"


SECRET = (
    "password", "Password", "new_password", "passwd", "pwd_hash", "secret", "client_secret", "SECRET_KEY", "token",
    "access_token", "refresh_tokens", "csrftoken", "Authorization", "cookie", "Set-Cookie", "api_key", "apiKey",
    "X-API-Key", "dsn", "SENTRY_DSN", "database_url", "DATABASE_URL",
)  # fmt: skip
PLAIN = ("user", "path", "status", "passenger_id", "key", "message", "pw")


@pytest.mark.parametrize("name", SECRET)
def test_what_is_called_a_secret_is_blanked(name: str) -> None:
    assert redact(None, "", {name: "canary"}) == {name: REDACTED}
    assert redact(None, "", {name: {"inner": "canary"}}) == {name: REDACTED}


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_not_is_shown(name: str) -> None:
    assert redact(None, "", {name: "shown"}) == {name: "shown"}


trees = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(trees, st.sampled_from(SECRET))
def test_secrets_are_blanked_however_deep(tree: Any, name: str) -> None:
    def planted(part: Any) -> Any:
        if isinstance(part, dict):
            return {**{key: planted(value) for key, value in part.items()}, name: "canary"}
        return [planted(value) for value in part] + [{name: ["canary"]}] if isinstance(part, list) else part

    given_event = {"event": "x", "data": planted({"tree": tree})}
    before = repr(given_event)
    assert "canary" not in repr(redact(None, "", dict(given_event)))
    assert repr(given_event) == before, "what is logged is not changed for whoever logs it"


def test_an_access_line_has_the_form_of_the_others(log: Path) -> None:
    configured(log)
    access_line(app="tiny", status=200, ms=1.5)
    (event,) = events(log)
    datetime.fromisoformat(event.pop("time"))
    assert event == {"level": "info", "event": "request", "app": "tiny", "status": 200, "ms": 1.5}


def test_a_full_file_is_put_aside_and_the_oldest_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "portico.log"
    file = RotatingFile(path, largest=100)
    for number in range(100):
        file.write(b"%04d %s\n" % (number, b"x" * 44))  # 50 bytes: two to a file
    kept = [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, KEPT + 1))]
    assert sorted(path.parent.iterdir()) == sorted([*kept, path.with_name(f"{path.name}.lock")])
    numbers = [int(line[:4]) for each in reversed(kept) for line in each.read_bytes().splitlines()]
    assert numbers == list(range(100 - 2 * (KEPT + 1), 100))
    assert all(each.stat().st_size <= 100 for each in kept)


def test_a_file_that_was_there_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "portico.log"
    RotatingFile(path).write(b"before\n")
    RotatingFile(path).write(b"after\n")
    assert path.read_bytes() == b"before\nafter\n"
    assert path.stat().st_mode & 0o007 == 0, "a log is not for everybody"


def test_many_processes_lose_no_line_and_mix_none(tmp_path: Path) -> None:
    """Each line goes to whichever file is current when it is written, and to one alone."""
    path = tmp_path / "portico.log"
    program = (
        "import sys; from pathlib import Path; from portico.kernel.log_file import RotatingFile\n"
        "file = RotatingFile(Path(sys.argv[1]), largest=60_000)\n"
        "for number in range(300): file.write(b'%s-%04d %s\\n' % (sys.argv[2].encode(), number, b'x' * 90))"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(writer)], env=environment())
        for writer in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    lines = [line for each in tmp_path.glob("portico.log*") for line in each.read_text().splitlines()]
    assert len(lines) == len(set(lines)) == 1200
    assert {line[6:] for line in lines} == {" " + "x" * 90}
    assert len(list(tmp_path.glob("portico.log.?"))) >= 1


def test_threads_share_a_file(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "portico.log", largest=10_000)

    def write(writer: int) -> None:
        for number in range(100):
            file.write(b"%d-%03d %s\n" % (writer, number, b"x" * 43))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for each in tmp_path.glob("portico.log*") for line in each.read_text().splitlines()]
    assert len(lines) == len(set(lines)) == 800


def test_standard_output_is_written_to_line_by_line(tmp_path: Path) -> None:
    """A pipe of a container: what is written is there at once, also when the process is killed in the next moment."""
    program = (
        "import os; from tests.servers import settings_of; from portico.kernel.logging import access_line, configure\n"
        f"configure(settings_of({NOWHERE!r}, log_level='INFO', log_format='json'))\n"
        "import structlog; structlog.get_logger().info('one'); access_line(status=200); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", program], env=with_tests(), capture_output=True, check=False)
    found = [json.loads(line)["event"] for line in io.BytesIO(done.stdout)]
    assert (done.returncode, found) == (9, ["one", "request"]), done.stderr.decode()


def with_tests() -> dict[str, str]:
    return environment(PYTHONPATH=os.pathsep.join([str(ROOT), environment()["PYTHONPATH"]]))


SERVE = """
import sys, uvicorn
from tests.kernel.test_logging import rows
from tests.kernel.tiny import built
app = built(sys.argv[1], rows, log_level="INFO", log_format="json")
uvicorn.run(app, port=int(sys.argv[2]), log_config=None, lifespan="on")
"""
rows = router()


@rows.post("/rows/{way}", response_model=int, summary="Adds a row by the driver or by the session")
async def add_row(way: str, table: Annotated[str, Body()], size: Annotated[int, Body()], write: Writing) -> Any:
    values = {"name": "canary", "size": size}
    if way == "driver":
        sql = f"INSERT INTO tiny.{table} (id, name, size) VALUES (1, %(name)s, %(size)s)"
        await (await write.connection()).execute(sql.encode(), values)
    else:
        await write.session.execute(text(f"INSERT INTO tiny.{table} (id, name, size) VALUES (1, :name, :size)"), values)
    return 1


def test_errors_of_the_database_show_no_values(database_url: str, tmp_path: Path) -> None:
    """PostgreSQL quotes the row it refuses, and SQLAlchemy the parameters it sent: a password's hash at worst."""
    make_tables(database_url)
    command = [sys.executable, "-c", SERVE, database_url, "{port}"]
    with served(command, folder=tmp_path, PYTHONPATH=with_tests()["PYTHONPATH"]) as server:
        for way in ("driver", "session"):
            for table, size, status in (("notes", 100, 409), ("nothing", 1, 500), ("notes", 2**40, 422)):
                answer = server.client.post(f"/rows/{way}", json={"table": table, "size": size})
                assert answer.status_code == status
        eventually(lambda: server.lines().count('"request"') >= 6, within=10)
        assert server.lines().count("CheckViolation") >= 2, "the operator still learns what it was"
        assert "notes_size_check" in server.lines()
        assert not [line for line in server.lines().splitlines() if "canary" in line]
