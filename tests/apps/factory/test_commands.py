"""The command line where accounts belong to companies."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from portico.apps.factory.tables import HOME
from portico.apps.factory.users.realm import realm
from portico.identity.public import accounts
from portico.kernel.database import Database
from portico.kernel.errors import InvalidInput, NotFound
from portico.kernel.transaction import Transaction
from tests import commands
from tests.apps.factory.world import API, World, done, log_in
from tests.contract.shop import unique
from tests.contract.stall import problem
from tests.servers import KEY, seed, serving_app

NEW = "another long password"


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def portico(world: World, folder: Path, *arguments: str, text: str = "", **settings: str) -> Any:
    known = {"ENVIRONMENT": "testing", "DATABASE_URL": world.url, "SECRET_KEY": KEY, "COLUMNS": "200", **settings}
    return commands.run(*arguments, folder=folder, text=text, **known)


def test_a_password_is_set_in_whatever_company_and_ends_its_sessions(world: World, tmp_path: Path) -> None:
    account = world.account("CompanyAdmin", world.theirs)
    found = portico(world, tmp_path, "users", "password", account.email.upper(), "--app", "factory", text=f"{NEW}\n")
    assert found.returncode == 0, found.stderr
    problem(account.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")
    assert log_in(world.nobody, account.email, NEW)["role"] == "CompanyAdmin"
    (row,) = world.sql("SELECT pwd_hash FROM factory.users WHERE id = %(id)s", id=account.user_id)
    assert row["pwd_hash"].startswith("$2b$12$")
    done(world.theirs.admin.client.get(f"{API}/auth/me"))


def through(world: World, work: Callable[[Transaction], Coroutine[Any, Any, Any]]) -> None:
    """What a command does, without the seconds that it takes to start."""

    async def run() -> None:
        database = Database(world.url, pool_size=1)
        await database.open()
        write = Transaction(database)
        try:
            await work(write)
            await write.commit()
        finally:
            await write.close()
            await database.close()

    asyncio.run(run())


def test_who_is_made_here_runs_the_installation(world: World) -> None:
    name = unique("boss")
    values = {"email": f"{name}@example.com", "username": name, "password": NEW, "staff": True}
    through(world, lambda write: accounts.create(write, realm, **values))
    assert log_in(world.nobody, name, NEW)["role"] == "SystemAdmin"
    (row,) = world.sql("SELECT company_id FROM factory.users WHERE username = %(name)s", name=name)
    assert row["company_id"] == HOME


def test_nobody_of_another_company_is_made_to_run_the_installation(world: World) -> None:
    manager = world.account("ProjectManager")
    with pytest.raises(InvalidInput) as refused:
        through(world, lambda write: accounts.set_role(write, realm, name=manager.email, role="SystemAdmin"))
    assert refused.value.details == {"role": "is not for this account"}
    through(world, lambda write: accounts.set_role(write, realm, name=manager.email, role="CompanyAdmin"))
    done(manager.client.get(f"{API}/users"))


def test_an_account_is_disabled_in_whatever_company(world: World) -> None:
    account = world.account("Operator", world.theirs)
    through(world, lambda write: accounts.disable(write, realm, name=account.email))
    problem(account.client.get(f"{API}/auth/me"), 401, "UNAUTHORIZED")


def test_who_was_removed_is_nobody_to_the_command_line(world: World) -> None:
    person = world.person("Operator")
    world.sql("UPDATE factory.users SET deleted_at = now() WHERE id = %(id)s", id=person["id"])
    with pytest.raises(NotFound):
        through(world, lambda write: accounts.set_password(write, realm, name=person["email"], password=NEW))


def test_outside_of_development_seeding_makes_one_who_runs_the_installation(database_url: str) -> None:
    first, second = (seed("factory", database_url, demonstration=False) for _ in range(2))
    assert first.notes[0].startswith("Administrator admin, password ")
    assert second.notes == ["There is an administrator already: admin."]
    with serving_app("factory", database_url) as nobody:
        password = first.notes[0].split()[3]
        assert log_in(nobody, "admin", password)["role"] == "SystemAdmin"
