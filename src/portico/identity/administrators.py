"""The first administrator of an app, made where real users are and nobody could sign in yet."""

import asyncio
import secrets

from portico.identity.passwords import hash_now
from portico.identity.realm import Realm
from portico.identity.tenants import enter_home
from portico.kernel.database import fetch_one
from portico.kernel.errors import Conflict
from portico.kernel.transaction import Transaction

USERNAME = "admin"
EMAIL = "admin@portico.invalid"

# The cast makes an array of roles that come from a subquery, which ANY would take for rows.
FIND = """
    SELECT u.username FROM {users} AS u WHERE u.is_active AND %(role)s = ANY(({roles})::text[]) ORDER BY u.id LIMIT 1"""
IS_TAKEN = "SELECT id FROM {users} WHERE lower(username) = %(username)s OR lower(email) = %(email)s LIMIT 1"


class LastAdministrator(Conflict):
    code = "LAST_ADMINISTRATOR"
    message = "Somebody has to be an administrator: make another one first."


async def find_administrator(transaction: Transaction, realm: Realm) -> str | None:
    """The username of one who can sign in. Raises `Conflict` where there is none, and the name ours gets is taken."""
    connection = await transaction.connection()
    await enter_home(connection, realm)
    found = await fetch_one(connection, realm.statement(FIND), {"role": realm.administrator})
    if found is not None:
        username: str = found["username"]
        return username
    if await fetch_one(connection, realm.statement(IS_TAKEN), {"username": USERNAME, "email": EMAIL}):
        raise Conflict(
            f"There is a user {USERNAME} who is no administrator. Make one of another name with"
            f" `portico users create EMAIL --app {realm.app} --username NAME --staff`, then seed."
        )
    return None


async def first_administrator(transaction: Transaction, realm: Realm) -> str:
    """Make an administrator where there is none, for seeds. Raises as `find_administrator` does.

    Answers the sentence that tells the password: nobody can look it up later.
    """
    existing = await find_administrator(transaction, realm)
    if existing is not None:
        return f"There is an administrator already: {existing}."
    password = secrets.token_urlsafe(18)
    pwd_hash = await asyncio.to_thread(hash_now, password)
    transaction.session.add(realm.new_user(email=EMAIL, username=USERNAME, pwd_hash=pwd_hash, staff=True))
    await transaction.session.flush()
    return f"Administrator {USERNAME}, password {password} (shown this once)."
