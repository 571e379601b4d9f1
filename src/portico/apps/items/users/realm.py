"""The users of this app as identity knows them."""

from portico.apps.items.users.models import User
from portico.identity.public import Realm


def _new_user(*, email: str, username: str, pwd_hash: str, staff: bool) -> User:
    return User(email=email, username=username, pwd_hash=pwd_hash, is_admin=staff)


realm = Realm(
    app="items",
    users="items.users",
    sessions="items.sessions",
    roles="CASE WHEN u.is_admin THEN ARRAY['admin'] ELSE ARRAY[]::text[] END",
    new_user=_new_user,
    assignable={"admin": {"is_admin": True}, "user": {"is_admin": False}},
    refusal="Incorrect email or password",
    tells_inactive=True,
    shortest_password=8,
    api_keys="items.api_keys",
)
