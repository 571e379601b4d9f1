"""The command line as people and scripts use it: real processes on a database of the test's own."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer

from portico import registry
from portico.cli import cli
from portico.kernel.embedded_postgres import EmbeddedPostgres
from portico.kernel.migrations import downgrade, head
from portico.kernel.routes import Route
from tests import commands
from tests.commands import portico_serve, served
from tests.servers import KEY
from tests.whole.application import commands as command_names

Result = Any
NOWHERE = "postgresql://owner:canary@127.0.0.1:1/none"


def portico(*arguments: str, folder: Path, url: str = NOWHERE, text: str = "", **settings: str) -> Result:
    known = {"ENVIRONMENT": "testing", "DATABASE_URL": url, "SECRET_KEY": KEY, "COLUMNS": "200", **settings}
    return commands.run(*arguments, folder=folder, text=text, **known)


def refused(result: Result, code: int = 1) -> str:
    """The one sentence on standard error of a command that could not do it."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    if code == 1:
        assert result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert "canary" not in result.stderr
    sentence: str = result.stderr.strip()
    return sentence


def done(result: Result) -> str:
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    output: str = result.stdout
    return output


def rows(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as owner:
        return owner.execute(query.encode()).fetchall()


LEAVES = sorted(name for name in command_names() if not any(other.startswith(f"{name} ") for other in command_names()))


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    """The example is the command itself, with options that it has."""
    command: Any = typer.main.get_command(cli)
    for part in name.split():
        command = command.commands[part]
    assert command.help
    assert command.epilog
    label, _, example = command.epilog.partition(": ")
    assert label == "Example"
    assert example.startswith(f"portico {name}")
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in example.split() if word.startswith("--")} <= options


def test_help_is_printed_and_nothing_else_is_done(tmp_path: Path) -> None:
    output = done(portico("users", "create", "--help", folder=tmp_path, DATABASE_URL="not even looked at"))
    assert "Example: portico users create" in output
    overview = done(portico("--help", folder=tmp_path))
    assert {name for name in command_names() if f" {name} " not in overview} == {
        "seed_fakestore", *(name for name in command_names() if " " in name)
    }  # fmt: skip


USAGE = {
    "no command": (),
    "no such command": ("fly",),
    "no such option": ("migrate", "--fast"),
    "an argument is missing": ("seed",),
    "an option is missing": ("users", "create", "a@example.com"),
    "no number": ("serve", "--port", "many"),
    "no port": ("serve", "--port", "70000"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_usage_is_2(tmp_path: Path, case: str) -> None:
    result = portico(*USAGE[case], folder=tmp_path)
    assert result.returncode == 2
    assert "Usage: " in result.stderr + result.stdout
    assert "Traceback" not in result.stderr


IMPOSSIBLE = {
    ("migrate",): "The database cannot be used: ",
    ("seed", "store"): "The database cannot be used: ",
    ("users", "disable", "anna", "--app", "store"): "The database cannot be used: ",
    ("serve", "store"): "The database cannot be used: ",
    ("seed", "shop"): "There is no app shop; there are: ",
    ("openapi", "shop"): "There is no app shop; there are: ",
    ("serve", "shop"): "There is no app shop; there are: ",
    ("users", "disable", "anna", "--app", "shop"): "There is no app shop; there are: ",
}


@pytest.mark.parametrize("arguments", IMPOSSIBLE, ids=" ".join)
def test_what_cannot_be_done_is_1_and_one_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    port = ("--port", str(commands.free_port())) if arguments[0] == "serve" else ()
    assert refused(portico(*arguments, *port, folder=tmp_path)).startswith(IMPOSSIBLE[arguments])


@pytest.mark.parametrize("name", ["migrate", "routes", "db stop", "serve", "seed store"])
def test_every_command_minds_the_settings(tmp_path: Path, name: str) -> None:
    result = portico(*name.split(), folder=tmp_path, ENVIRONMENT="production", SECRET_KEY="canary")
    assert refused(result).startswith("Refusing to start in production: SECRET_KEY ")


def test_migrate_and_seed_as_a_script_does(database_url: str, tmp_path: Path) -> None:
    downgrade(database_url, "base")
    assert done(portico("migrate", folder=tmp_path, url=database_url)) == f"The database is at {head()}.\n"
    assert done(portico("migrate", folder=tmp_path, url=database_url)) == f"The database is at {head()}.\n"
    summary = json.loads(done(portico("seed", "store", "--json", folder=tmp_path, url=database_url)))
    assert summary == {"counts": {"products": 20, "categories": 4, "users": 10, "carts": 7}, "notes": []}
    assert rows(database_url, "SELECT count(*) FROM store.products") == [(20,)]
    assert done(portico("seed_fakestore", "--flush", folder=tmp_path, url=database_url)).startswith(
        "store: 20 products"
    )
    sentence = refused(portico("seed", "store", "--from", "nowhere", folder=tmp_path, url=database_url))
    assert sentence == "nowhere/products.json is missing."
    assert rows(database_url, "SELECT count(*) FROM store.products") == [(20,)]


def test_seed_needs_the_tables(database_url: str, tmp_path: Path) -> None:
    downgrade(database_url, "base")
    sentence = refused(portico("seed", "store", "--json", folder=tmp_path, url=database_url))
    assert sentence.startswith("The database cannot be used: ")


def test_a_database_of_a_newer_version_is_named(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE portico.alembic_version SET version_num = 'from_the_future'")
    assert "from_the_future" in refused(portico("migrate", folder=tmp_path, url=database_url))


def test_accounts_are_made_changed_and_disabled(store_url: str, tmp_path: Path) -> None:
    def users(*arguments: str, text: str = "") -> Result:
        return portico(
            "users", *arguments, "--app", "store", folder=tmp_path, url=store_url, text=text, STORE_MODE="sandbox"
        )

    assert done(users("create", "anna@example.com", "--staff", text="correct horse\n")) == "store: anna is user 11.\n"
    assert rows(store_url, "SELECT username, is_staff, left(pwd_hash, 7) FROM store.users WHERE id = 11") == [
        ("anna", True, "$2b$12$")
    ]
    assert refused(users("create", "anna@example.com", text="correct horse\n")) == (
        "store already has an account anna@example.com or anna."
    )
    assert refused(users("create", "b@example.com", text="short\n")) == (
        "Invalid input: password must have at least 8 characters."
    )
    assert "password" in refused(users("create", "b@example.com"))
    assert done(users("password", "anna", text="battery staple\n")).startswith("store: the password of anna is set")
    assert "nobody" in refused(users("password", "nobody", text="battery staple\n"))
    assert done(users("disable", "anna@example.com")) == "store: anna@example.com is disabled.\n"
    assert rows(store_url, "SELECT count(*) FROM store.users") == [(11,)]


def test_routes_are_listed_without_a_database(tmp_path: Path) -> None:
    listed = done(portico("routes", folder=tmp_path)).splitlines()
    expected = {
        (name, method, route.path)
        for name in registry.APP_NAMES
        for router in registry.load(name).routers
        for route in router.routes
        if isinstance(route, Route)
        for method in route.methods
    }
    assert {tuple(line.split()[:3]) for line in listed} == expected
    assert all(len(line.split()) > 3 for line in listed), "each says what it does"


def test_the_document_is_the_one_that_is_served(store_url: str, tmp_path: Path) -> None:
    printed = json.loads(done(portico("openapi", "store", folder=tmp_path)))
    with served(portico_serve("store"), folder=tmp_path, DATABASE_URL=store_url) as server:
        given = server.get("/openapi.json").json()
    assert printed["openapi"].startswith("3.")
    for part in ("paths", "components", "info"):
        assert printed[part] == given[part], part


def test_a_taken_port_is_named(store_url: str, tmp_path: Path) -> None:
    with served(portico_serve("store"), folder=tmp_path, DATABASE_URL=store_url) as server:
        sentence = refused(portico("serve", "store", "--port", str(server.port), folder=tmp_path, url=store_url))
    assert sentence == f"Port {server.port} on 127.0.0.1 cannot be used: Address already in use."


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that `nobody` can enter, as pytest's own cannot be when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="portico-cli-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    embedded(folder, "db", "stop")
    shutil.rmtree(folder)


def embedded(home: Path, *arguments: str) -> Result:
    return portico(*arguments, folder=home, DATABASE_URL="", PORTICO_DATA_DIR=str(home / "data"))


def test_the_embedded_database_is_started_and_stopped(home: Path) -> None:
    assert done(embedded(home, "db", "stop")) == "The database is stopped.\n", "there is none yet"
    assert done(embedded(home, "migrate")) == f"The database is at {head()}.\n"
    server = EmbeddedPostgres(home / "data")
    assert server.is_running(), "it outlives the command"
    with psycopg.connect(server.url()):
        result = embedded(home, "db", "stop")
        assert (result.returncode, result.stdout) == (1, "The database goes on: somebody is connected.\n")
    assert done(embedded(home, "db", "stop")) == "The database is stopped.\n"
    assert not server.is_running()
