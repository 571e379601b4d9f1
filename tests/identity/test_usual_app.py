"""What an app gets from identity by its routers alone: sign-in by e-mail, sessions, roles, keys for programs."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import bcrypt
import httpx
import psycopg
import pytest
from fastapi import Depends
from sqlalchemy import ARRAY, Index, Text, create_engine, func, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portico.identity.public import (
    KEY_ALONE,
    SIGNED_IN,
    AccountColumns,
    Allowed,
    ApiKeyColumns,
    MaybeReader,
    MaybeWriter,
    Permissions,
    Realm,
    SessionColumns,
    accounts,
    api_key_router,
    first_administrator,
    prepare,
    session_router,
    token_router,
)
from portico.kernel.errors import Conflict
from portico.kernel.routes import router
from portico.kernel.tables import metadata
from portico.kernel.transaction import Transaction
from tests.contract.shop import PASSWORD, QUICK_HASH
from tests.contract.stall import problem
from tests.kernel.job_worker import in_transaction
from tests.kernel.tiny import serving_tiny

READ, PUBLISH, RUN, MANAGE = "services:read", "releases:publish", "deploy:run", "keys:manage"
ALLOWED: Allowed = {
    READ: SIGNED_IN,
    PUBLISH: frozenset(("manager", "admin")),
    RUN: KEY_ALONE,
    MANAGE: "admin",
}
LOGIN, ME, KEYS = "/api/v1/auth/login", "/api/v1/me", "/api/v1/api-keys"


class Table(DeclarativeBase):
    metadata = metadata("tiny")


class User(AccountColumns, Table):
    __tablename__ = "users"

    full_name: Mapped[str] = mapped_column(Text, server_default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{viewer}")


Index("users_username_key", func.lower(User.username), unique=True)
Index("users_email_key", func.lower(User.email), unique=True)


class UserSession(SessionColumns, Table):
    __tablename__ = "sessions"


class ApiKey(ApiKeyColumns, Table):
    __tablename__ = "api_keys"


def new_user(*, email: str, username: str, pwd_hash: str, staff: bool) -> User:
    return User(email=email, username=username, pwd_hash=pwd_hash, roles=["admin"] if staff else ["viewer"])


REALM = Realm(
    app="tiny", users="tiny.users", sessions="tiny.sessions", api_keys="tiny.api_keys", api_key_prefix="tiny_",
    roles="u.roles", new_user=new_user, refusal="Invalid email or password",
)  # fmt: skip


async def access_of(caller: MaybeReader) -> Permissions:
    return Permissions(ALLOWED, caller)


async def managing_keys(caller: MaybeWriter) -> None:
    Permissions(ALLOWED, caller).require(MANAGE)


own = router(prefix="/api/v1")


@own.get("/me")
async def me(access: Annotated[Permissions, Depends(access_of)]) -> Any:
    access.require(READ)
    return {"name": access.caller and access.caller.name, "may": [action for action in ALLOWED if access.may(action)]}


ROUTERS = [
    token_router("/api/v1/auth"),
    session_router("/api/v1/auth/sessions"),
    api_key_router(scopes=[READ, PUBLISH, RUN], path=KEYS, to_make=Depends(managing_keys)),
    own,
]


RIGHTS = """
    GRANT USAGE ON SCHEMA tiny TO portico_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tiny TO portico_app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA tiny TO portico_app"""
ADD = "INSERT INTO tiny.users (username, email, pwd_hash, roles) VALUES (%s, %s, %s, %s) RETURNING id"


@pytest.fixture
def url(database_url: str) -> str:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA tiny")
        Table.metadata.create_all(connection)
        connection.exec_driver_sql(RIGHTS)
    engine.dispose()
    with psycopg.connect(database_url) as owner:
        for name, roles in (("anna", ["viewer"]), ("mara", ["viewer", "manager"]), ("chief", ["admin"])):
            owner.execute(ADD, [name, f"{name}@example.com", QUICK_HASH, roles])
    return database_url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    options = {"routers": ROUTERS, "realm": REALM, "prepare": prepare(REALM)}
    with serving_tiny(url, own, app=options) as client:
        yield client


def log_in(client: httpx.Client, name: str) -> dict[str, Any]:
    answer = client.post(LOGIN, json={"email": f"{name}@example.com", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    return tokens


def bearing(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def test_tokens_are_given_renewed_and_ended(client: httpx.Client) -> None:
    first, second = log_in(client, "Anna"), log_in(client, "anna")
    wrong = client.post(LOGIN, json={"email": "anna@example.com", "password": "wrong password"})
    assert problem(wrong, 401, "UNAUTHORIZED")["detail"] == REALM.refusal
    renewed = client.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}).json()
    assert client.get(ME, headers=bearing(renewed)).json()["name"] == "anna"
    assert len(client.get("/api/v1/auth/sessions", headers=bearing(renewed)).json()) == 2
    out = {"refresh_token": renewed["refresh_token"]}
    assert client.post("/api/v1/auth/logout", json=out, headers=bearing(renewed)).status_code == 204
    assert [client.get(ME, headers=bearing(each)).status_code for each in (renewed, second)] == [401, 200]
    third = log_in(client, "anna")
    assert client.post("/api/v1/auth/logout-all", headers=bearing(third)).status_code == 204
    assert [client.get(ME, headers=bearing(each)).status_code for each in (second, third)] == [401, 401]


def test_an_action_may_take_any_of_several_roles(client: httpx.Client) -> None:
    may = {
        name: client.get(ME, headers=bearing(log_in(client, name))).json()["may"] for name in ("anna", "mara", "chief")
    }
    assert may == {"anna": [READ], "mara": [READ, PUBLISH], "chief": [READ, PUBLISH, MANAGE]}
    assert client.get(ME).status_code == 401


def test_what_is_for_keys_alone_takes_a_key_that_an_administrator_has_made(client: httpx.Client) -> None:
    chief = bearing(log_in(client, "chief"))
    key = {"name": "pipeline", "scopes": [READ, RUN]}
    problem(client.post(KEYS, json=key, headers=bearing(log_in(client, "mara"))), 403, "FORBIDDEN")
    made = client.post(KEYS, json=key, headers=chief)
    assert made.status_code == 201, made.text
    assert made.json()["key"].startswith("tiny_")
    pipeline = {"Authorization": f"ApiKey {made.json()['key']}"}
    assert client.get(ME, headers=pipeline).json() == {"name": "chief", "may": [READ, RUN]}
    problem(client.post(KEYS, json=key, headers=pipeline), 403, "FORBIDDEN")
    assert client.delete(f"{KEYS}/{made.json()['id']}", headers=chief).status_code == 204
    assert client.get(ME, headers=pipeline).status_code == 401


def test_the_first_administrator_is_made_where_there_is_none(url: str) -> None:
    def seeded() -> str:
        return in_transaction(url, lambda write: first_administrator(write, REALM))

    assert seeded() == "There is an administrator already: chief."
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("UPDATE tiny.users SET is_active = false, username = 'Admin' WHERE username = 'chief'")
        with pytest.raises(Conflict, match="portico users create EMAIL --app tiny"):
            seeded()
        owner.execute("UPDATE tiny.users SET username = 'chief' WHERE username = 'Admin'")
        assert seeded().startswith("Administrator admin, password ")
        assert seeded() == "There is an administrator already: admin."
        assert owner.execute("SELECT roles FROM tiny.users WHERE username = 'admin'").fetchone() == (["admin"],)


def test_who_is_locked_out_is_out_everywhere(client: httpx.Client, url: str) -> None:
    """A new password, and disabling; nothing else of an account ends its sessions."""

    async def change(write: Transaction, **values: Any) -> None:
        user = await write.session.scalar(select(User).where(User.username == "anna"))
        for name, value in values.items():
            setattr(user, name, value)
        assert await accounts.save(write, REALM, user) is None

    another_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    for values, status in (
        ({"full_name": "Anna"}, 200),
        ({"pwd_hash": another_hash}, 401),
        ({"is_active": False}, 401),
    ):
        tokens = log_in(client, "anna")
        in_transaction(url, partial(change, **values))
        assert client.get(ME, headers=bearing(tokens)).status_code == status, values
    in_transaction(url, partial(change, is_active=True))
    assert client.get(ME, headers=bearing(tokens)).status_code == 401, "what has ended stays so"
