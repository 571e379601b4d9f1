"""Who hears of an event: the words of its audience, and the users for whom they stand.

`*` stands for everybody who has signed in, `user:5` for one user, `role:admin` for those who have a role. What users
can switch off for streams or for webhooks alone has words of its own: see `portico.kernel.notifications`.
"""

from collections.abc import Collection, Mapping

from portico.identity.realm import Caller, Realm
from portico.kernel.database import Connection, fetch_all
from portico.kernel.notifications import stream_word, webhook_word
from portico.kernel.outbox import Event
from portico.kernel.webhook_relay import Listeners

EVERYBODY = "*"


def user(user_id: int) -> str:
    return f"user:{user_id}"


def role(name: str) -> str:
    return f"role:{name}"


def hears(caller: Caller, event: Event) -> bool:
    """The rule of streams, asked for each event and each watcher."""
    words = _words_of(caller.user_id, caller.roles)
    return not words.isdisjoint(event.audience) or stream_word(str(caller.user_id)) in event.audience


def listeners(realm: Realm) -> Listeners:
    """The same rule for webhooks: what their owners may hear now. Who is disabled or gone hears nothing."""
    statement = realm.statement(
        "SELECT u.id, {roles} AS roles FROM {users} AS u WHERE u.id = ANY(%(ids)s) AND u.is_active"
    )

    async def heard(connection: Connection, owners: Collection[str]) -> Mapping[str, Collection[str]]:
        rows = await fetch_all(connection, statement, {"ids": [int(owner) for owner in owners]})
        return {str(row["id"]): [*_words_of(row["id"], row["roles"]), webhook_word(str(row["id"]))] for row in rows}

    return heard


def _words_of(user_id: int, roles: Collection[str]) -> frozenset[str]:
    return frozenset((EVERYBODY, user(user_id), *map(role, roles)))
