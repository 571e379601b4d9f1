"""`portico users`: accounts from the command line, run as an operator runs it, beside a server that is up."""

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.commands import environment, run
from tests.races import bearer, log_in
from tests.servers import KEY

NEW = "a new password of some length"
OWNER = "mor_2314", "83r5^_"
REFRESH = "/api/auth/refresh"


class Operator:
    """Somebody at a terminal of the machine that the server's database is on."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.settings = {"ENVIRONMENT": "testing", "SECRET_KEY": KEY, "DATABASE_URL": url}

    def users(self, *arguments: str, password: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        options = {**self.settings, **settings}
        return run("users", *arguments, folder=self.folder, text=password and f"{password}\n", **options)

    def does(self, *arguments: str, password: str = "") -> str:
        """What a command says that is done."""
        done = self.users(*arguments, "--app", "store", password=password)
        assert (done.returncode, done.stderr) == (0, "")
        assert not password or password not in done.stdout
        return done.stdout

    def is_told(self, *arguments: str, password: str = "", app: str = "store", **settings: str) -> str:
        """Why a command cannot be done: one sentence, and never the password."""
        failed = self.users(*arguments, "--app", app, password=password, **settings)
        assert (failed.returncode, failed.stdout) == (1, ""), failed
        assert failed.stderr.count("\n") == 1, failed.stderr
        assert not password or password not in failed.stderr
        return failed.stderr


@pytest.fixture
def operator(store_url: str, tmp_path: Path) -> Operator:
    return Operator(store_url, tmp_path)


def is_over(client: httpx.Client, tokens: dict[str, Any]) -> bool:
    """Whether the session has ended, as its very next requests show."""
    me = client.get("/api/auth/me", headers=bearer(tokens["access"]))
    refresh = client.post(REFRESH, json={"refresh": tokens["refresh"]})
    assert me.status_code == refresh.status_code
    return me.status_code == 401


def refused(client: httpx.Client, name: str, password: str) -> bool:
    return client.post("/api/auth/login", json={"username": name, "password": password}).status_code == 401


def test_an_account_is_created(store: httpx.Client, store_url: str, operator: Operator) -> None:
    said = operator.does("create", "anna@example.com", password=NEW)
    assert re.fullmatch(r"store: anna is user \d+\.\n", said)
    for name in ("anna", "anna@example.com"):
        me = store.get("/api/auth/me", headers=bearer(log_in(store, name, NEW)["access"])).json()
        assert (me["username"], me["email"], me["is_staff"]) == ("anna", "anna@example.com", False)
        assert str(me["id"]) in said
    with psycopg.connect(store_url) as connection:
        (stored,) = connection.execute("SELECT pwd_hash FROM store.users WHERE username = 'anna'").fetchone() or ("",)
    assert re.fullmatch(r"\$2b\$12\$.{53}", stored)


def test_staff_may_what_others_may_not(private_store: httpx.Client, operator: Operator) -> None:
    operator.does("create", "boss@example.com", "--username", "the_boss", "--staff", password=NEW)
    token = log_in(private_store, "the_boss", NEW)["access"]
    assert private_store.get("/api/auth/me", headers=bearer(token)).json()["is_staff"] is True
    made = private_store.post("/api/categories/", json={"name": "By staff"}, headers=bearer(token))
    assert made.status_code == 201


def test_a_name_is_given_once(store_url: str, operator: Operator) -> None:
    for arguments in (
        ("new@example.com", "--username", "MOR_2314"),
        ("Moira.Lindqvist@Example.com", "--username", "somebody"),
    ):
        assert "already" in operator.is_told("create", *arguments, password=NEW)
    with psycopg.connect(store_url) as connection:
        assert connection.execute("SELECT count(*) FROM store.users").fetchone() == (10,)


@pytest.mark.parametrize(
    ("email", "username"), [("no address", "anna"), ("anna@example.com", "johan.dahl@example.com"), ("a@b.c", "an na")]
)
def test_a_name_that_could_be_taken_for_another_is_refused(operator: Operator, email: str, username: str) -> None:
    """A username that looks like an e-mail address would log in in place of whoever has that address."""
    said = operator.is_told("create", email, "--username", username, password=NEW)
    assert "email" in said or "username" in said


@pytest.mark.parametrize(
    ("password", "why"),
    [("short", "8 characters"), ("x" * 129, "128 characters"), ("Password123", "common"), ("", "8 characters")],
)
def test_a_weak_password_is_refused_and_said_why(operator: Operator, password: str, why: str) -> None:
    assert why in operator.is_told("create", "anna@example.com", password=password)
    assert why in operator.is_told("password", OWNER[0], password=password)


def test_12_characters_where_real_users_are(operator: Operator) -> None:
    key = "3f9c1e7a5b2d4806a1c3e5f7092b4d6e"
    settings = {"ENVIRONMENT": "production", "SECRET_KEY": key}
    assert "12 characters" in operator.is_told("password", OWNER[0], password="elevenchars", **settings)


def test_bytes_that_are_no_text_are_no_password(operator: Operator) -> None:
    failed = subprocess.run(
        [sys.executable, "-m", "portico", "users", "password", OWNER[0], "--app", "store"],
        cwd=operator.folder, env=environment(**operator.settings), input=b"\xff\xfe not a text\n", capture_output=True,
        check=False,
    )  # fmt: skip
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert failed.stderr.count(b"\n") == 1, failed.stderr.decode()


@pytest.mark.parametrize("name", [OWNER[0], "Moira.Lindqvist@example.com"])
def test_a_new_password_counts_at_once_and_ends_the_sessions(
    store: httpx.Client, operator: Operator, name: str
) -> None:
    own, other = [log_in(store, *OWNER) for _ in range(2)], log_in(store, "johnd", "m38rmF$")
    said = operator.does("password", name, password=NEW)
    assert said == f"store: the password of {name} is set and verified; all sessions are ended.\n"
    assert all(is_over(store, tokens) for tokens in own)
    assert refused(store, *OWNER)
    assert not is_over(store, log_in(store, OWNER[0], NEW))
    assert not is_over(store, other)


def test_a_password_above_72_bytes_is_verified_too(store: httpx.Client, operator: Operator) -> None:
    longest = "ü" * 127 + "!"
    operator.does("password", OWNER[0], password=longest)
    assert refused(store, OWNER[0], longest[:-1])
    assert log_in(store, OWNER[0], longest)["access"]


def test_an_account_that_is_disabled_is_out_at_the_next_request(store: httpx.Client, operator: Operator) -> None:
    tokens, other = log_in(store, *OWNER), log_in(store, "johnd", "m38rmF$")
    assert operator.does("disable", OWNER[0]) == "store: mor_2314 is disabled.\n"
    assert is_over(store, tokens)
    assert refused(store, *OWNER)
    assert not is_over(store, other)
    assert operator.does("disable", OWNER[0])  # again is fine
    operator.does("password", OWNER[0], password=NEW)
    assert refused(store, OWNER[0], NEW)  # a new password does not open it


def test_a_role_counts_at_the_next_request_and_ends_no_session(private_store: httpx.Client, operator: Operator) -> None:
    customer, staff = log_in(private_store, *OWNER), log_in(private_store, "johnd", "m38rmF$")

    def adds_a_category(tokens: dict[str, Any], name: str) -> int:
        body = {"name": name}
        return private_store.post("/api/categories/", json=body, headers=bearer(tokens["access"])).status_code

    assert (adds_a_category(customer, "One"), adds_a_category(staff, "Two")) == (403, 201)
    assert operator.does("role", OWNER[0].upper(), "staff") == "store: MOR_2314 has the role staff.\n"
    assert operator.does("role", "johnd", "customer") == "store: johnd has the role customer.\n"
    assert (adds_a_category(customer, "Three"), adds_a_category(staff, "Four")) == (201, 403)
    assert not is_over(private_store, customer)
    assert not is_over(private_store, staff)


def test_a_role_that_the_app_has_not(operator: Operator) -> None:
    said = operator.is_told("role", OWNER[0], "emperor")
    assert said == "Invalid input: role must be one of customer, staff.\n"


@pytest.mark.parametrize("command", [("password",), ("disable",), ("role", "staff")])
def test_an_account_that_is_not_there(operator: Operator, command: tuple[str, ...]) -> None:
    told = operator.is_told(command[0], "nobody@example.com", *command[1:], password=NEW)
    assert told == "No account nobody@example.com in store.\n"


def test_an_app_that_is_not_there(operator: Operator) -> None:
    assert "There is no app shop" in operator.is_told("create", "anna@example.com", password=NEW, app="shop")


@pytest.mark.parametrize(
    "arguments",
    [
        ("create",),
        ("password", "anna"),
        ("disable", "--app", "store"),
        ("role", "anna", "--app", "store"),
        ("rename", "x"),
    ],
)
def test_wrong_usage_is_exit_code_2(operator: Operator, arguments: tuple[str, ...]) -> None:
    assert operator.users(*arguments).returncode == 2


@pytest.mark.parametrize(("command", "more"), [("create", ""), ("password", ""), ("disable", ""), ("role", "staff ")])
def test_help_shows_an_example(operator: Operator, command: str, more: str) -> None:
    shown = operator.users(command, "--help")
    assert shown.returncode == 0
    assert f"Example: portico users {command} anna@example.com {more}--app store" in " ".join(shown.stdout.split())


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(store: httpx.Client, operator: Operator) -> None:
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "portico", "users", "password", OWNER[0], "--app", "store"],
        cwd=operator.folder, env=environment(**operator.settings), start_new_session=True,
        stdin=terminal, stdout=terminal, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    try:
        shown = ""
        for question in ("Password: ", "Repeat for confirmation: "):
            shown += screen(keyboard, until=question)
            os.write(keyboard, f"{NEW}\n".encode())
        shown += screen(keyboard, until="all sessions are ended.")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)
    assert NEW not in shown
    assert log_in(store, OWNER[0], NEW)["access"]


def screen(terminal: int, *, until: str) -> str:
    """What a terminal shows, as far as these words."""
    shown = ""
    while until not in shown:
        assert select.select([terminal], [], [], 30)[0], shown
        shown += os.read(terminal, 1000).decode()
    return shown
