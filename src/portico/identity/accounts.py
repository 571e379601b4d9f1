"""Accounts: create, save, set a password or a role, disable. Whatever locks somebody out ends the sessions."""

import re
from typing import Any

import psycopg
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from portico.identity.account_fields import (
    EMAIL,
    LONGEST_EMAIL,
    LONGEST_USERNAME,
    USERNAME,
    flaw,
    tidied,
    username_flaw,
)
from portico.identity.passwords import hash_now, verify_now
from portico.identity.realm import Realm
from portico.identity.sessions import END_ALL
from portico.identity.tenants import enter_home, enter_that_of
from portico.kernel import notifications
from portico.kernel.database import Connection, fetch_one
from portico.kernel.errors import InvalidInput, NotFound, Problem
from portico.kernel.transaction import Transaction


class Duplicate(Problem):
    """Another user has this e-mail address or username, in an app whose contract has 400 for it."""

    status = 400
    code = "DUPLICATE"
    message = "User with this email already exists"

    def __init__(self, field: str = "email") -> None:
        super().__init__(f"User with this {field} already exists", details={"field": field})


class PasswordNotStored(Problem):
    message = "The stored hash does not verify the new password; nothing was changed."


async def create(
    transaction: Transaction, realm: Realm, *, email: str, username: str, password: str, staff: bool
) -> int:
    """Add an account and answer its id. Raises `InvalidInput`, and what the table's constraints raise."""
    email, username = tidied(email), tidied(username)
    _check_names(email, username)
    await enter_home(await transaction.connection(), realm)
    user = realm.new_user(email=email, username=username, pwd_hash=hash_now(password), staff=staff)
    transaction.session.add(user)
    await transaction.session.flush()
    user_id: int = user.id
    return user_id


async def save(transaction: Transaction, realm: Realm, user: Any) -> str | None:
    """Write a user of the app's. Where another one has the same, answer which: `username` or `email`.

    A new password ends the user's sessions, and so does disabling: no app has to think of it.
    """
    is_locked_out = _is_locked_out(user)
    try:
        async with transaction.session.begin_nested():
            transaction.session.add(user)
    except IntegrityError as error:
        # The constraint says which; the message quotes what was sent.
        broken = error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
        return "email" if broken == "users_email_key" else "username"
    if is_locked_out:
        await _end_sessions(await transaction.connection(), realm, user.id)
    return None


async def delete(transaction: Transaction, realm: Realm, user: Any) -> None:
    """Remove a user of the app's, and what the kernel keeps of that one. Sessions and keys go with the row."""
    user_key = str(user.id)
    await transaction.session.delete(user)
    await notifications.forget(await transaction.connection(), app=realm.app, user=user_key)


async def set_password(transaction: Transaction, realm: Realm, *, name: str, password: str) -> None:
    """Store a new password, verify what was stored, and end the account's sessions. Raises `NotFound`."""
    connection = await transaction.connection()
    user_id = await _require(connection, realm, name)
    stored = await _update(connection, realm, "pwd_hash = %(value)s", user_id, hash_now(password))
    if not verify_now(password, stored["pwd_hash"]):
        raise PasswordNotStored
    await _end_sessions(connection, realm, user_id)


async def disable(transaction: Transaction, realm: Realm, *, name: str) -> None:
    """Lock an account out and end its sessions. Raises `NotFound`."""
    connection = await transaction.connection()
    user_id = await _require(connection, realm, name)
    await _update(connection, realm, "is_active = %(value)s", user_id, False)
    await _end_sessions(connection, realm, user_id)


async def set_role(transaction: Transaction, realm: Realm, *, name: str, role: str) -> None:
    """Give an account a role in the place of its old one. Raises `InvalidInput`, `NotFound`.

    Sessions go on: roles are read anew for each request, so that this one counts from the next.
    """
    columns = realm.assignable.get(role)
    if columns is None:
        raise InvalidInput(details={"role": f"must be one of {', '.join(sorted(realm.assignable))}"})
    connection = await transaction.connection()
    user_id = await _require(connection, realm, name)
    change = ", ".join(f"{column} = %({column})s" for column in columns)
    statement = realm.statement(f"UPDATE {{users}} SET {change} WHERE id = %(id)s")
    try:
        await connection.execute(statement, {"id": user_id, **columns})
    except psycopg.errors.CheckViolation:
        raise InvalidInput(details={"role": "is not for this account"}) from None


def _check_names(email: str, username: str) -> None:
    """A username with an @ could be somebody's e-mail address, and would log in in that one's place."""
    wrong = {}
    if not re.fullmatch(EMAIL, email) or len(email) > LONGEST_EMAIL:
        wrong["email"] = "is not an e-mail address"
    if not re.fullmatch(USERNAME, username) or len(username) > LONGEST_USERNAME:
        wrong["username"] = f"must have 1 to {LONGEST_USERNAME} characters, neither spaces nor @ among them"
    flaws = {"email": flaw(email), "username": username_flaw(username)}
    wrong = {name: sentence for name, sentence in flaws.items() if sentence} | wrong
    if wrong:
        raise InvalidInput(details=wrong)


async def _require(connection: Connection, realm: Realm, name: str) -> int:
    query = (
        "SELECT id FROM {users} WHERE lower(email) = lower(%(name)s) OR lower(username) = lower(%(name)s) FOR UPDATE"
    )
    await enter_that_of(connection, realm, tidied(name))
    row = await fetch_one(connection, realm.statement(query), {"name": tidied(name)})
    if row is None:
        raise NotFound(f"No account {name} in {realm.app}.")
    user_id: int = row["id"]
    return user_id


async def _update(connection: Connection, realm: Realm, change: str, user_id: int, value: Any) -> dict[str, Any]:
    statement = realm.statement(f"UPDATE {{users}} SET {change} WHERE id = %(id)s RETURNING pwd_hash")
    row = await fetch_one(connection, statement, {"id": user_id, "value": value})
    return row or {}


def _is_locked_out(user: Any) -> bool:
    """Whether what is not written yet keeps out who has been in: another password, or no leave to enter."""
    state = inspect(user)
    has_another = state.persistent and state.attrs.pwd_hash.history.has_changes()
    return has_another or user.is_active is False


async def _end_sessions(connection: Connection, realm: Realm, user_id: int) -> None:
    await connection.execute(realm.statement(END_ALL), {"user_id": user_id})
