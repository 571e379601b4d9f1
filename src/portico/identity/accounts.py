"""Accounts from the command line: create, set a password, disable. Whatever changes a password ends its sessions."""

import re
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy.exc import IntegrityError

from portico.identity.passwords import hash_now, verify_now
from portico.identity.realm import Realm
from portico.identity.sessions import END_ALL
from portico.kernel.database import Connection, fetch_one
from portico.kernel.errors import InvalidInput, NotFound, Problem
from portico.kernel.transaction import Transaction

EMAIL = re.compile(r"(?=.{3,254}$)[^@\s]+@[^@\s]+\.[^@\s]+")
USERNAME = re.compile(r"[^\s@]{1,150}")


class PasswordNotStored(Problem):
    message = "The stored hash does not verify the new password; nothing was changed."


async def create(
    transaction: Transaction, realm: Realm, *, email: str, username: str, password: str, staff: bool
) -> int:
    """Add an account and answer its id. Raises `InvalidInput`, and what the table's constraints raise."""
    _check_names(email, username)
    user = realm.new_user(email=email, username=username, pwd_hash=hash_now(password), staff=staff)
    transaction.session.add(user)
    await transaction.session.flush()
    user_id: int = user.id
    return user_id


async def save(transaction: Transaction, user: Any) -> str | None:
    """Write a user of the app's. Where another one has the same, answer which: `username` or `email`."""
    try:
        async with transaction.session.begin_nested():
            transaction.session.add(user)
    except IntegrityError as error:
        # The constraint says which; the message quotes what was sent.
        broken = error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
        return "email" if broken == "users_email_key" else "username"
    return None


async def set_password(transaction: Transaction, realm: Realm, *, name: str, password: str, now: datetime) -> None:
    """Store a new password, verify what was stored, and end the account's sessions. Raises `NotFound`."""
    connection = await transaction.connection()
    user_id = await _require(connection, realm, name)
    stored = await _update(connection, realm, "pwd_hash = %(value)s", user_id, hash_now(password))
    if not verify_now(password, stored["pwd_hash"]):
        raise PasswordNotStored
    await _end_sessions(connection, realm, user_id, now)


async def disable(transaction: Transaction, realm: Realm, *, name: str, now: datetime) -> None:
    """Lock an account out and end its sessions. Raises `NotFound`."""
    connection = await transaction.connection()
    user_id = await _require(connection, realm, name)
    await _update(connection, realm, "is_active = %(value)s", user_id, False)
    await _end_sessions(connection, realm, user_id, now)


def _check_names(email: str, username: str) -> None:
    """A username with an @ could be somebody's e-mail address, and would log in in that one's place."""
    wrong = {}
    if not EMAIL.fullmatch(email):
        wrong["email"] = "is not an e-mail address"
    if not USERNAME.fullmatch(username):
        wrong["username"] = "must have 1 to 150 characters, neither spaces nor @ among them"
    if wrong:
        raise InvalidInput(details=wrong)


async def _require(connection: Connection, realm: Realm, name: str) -> int:
    query = (
        "SELECT id FROM {users} WHERE lower(email) = lower(%(name)s) OR lower(username) = lower(%(name)s) FOR UPDATE"
    )
    row = await fetch_one(connection, realm.statement(query), {"name": name})
    if row is None:
        raise NotFound(f"No account {name} in {realm.app}.")
    user_id: int = row["id"]
    return user_id


async def _update(connection: Connection, realm: Realm, change: str, user_id: int, value: Any) -> dict[str, Any]:
    statement = realm.statement(f"UPDATE {{users}} SET {change} WHERE id = %(id)s RETURNING pwd_hash")
    row = await fetch_one(connection, statement, {"id": user_id, "value": value})
    return row or {}


async def _end_sessions(connection: Connection, realm: Realm, user_id: int, now: datetime) -> None:
    await connection.execute(realm.statement(END_ALL), {"user_id": user_id, "now": now})
