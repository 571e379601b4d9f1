"""The users of this app as identity knows them."""

from portico.apps.store.users.models import User
from portico.identity.public import Realm


def _new_user(*, email: str, username: str, pwd_hash: str, staff: bool) -> User:
    return User(email=email, username=username, pwd_hash=pwd_hash, is_staff=staff, is_superuser=staff)


realm = Realm(
    app="store",
    users="store.users",
    sessions="store.sessions",
    roles="CASE WHEN u.is_staff THEN ARRAY['staff'] ELSE ARRAY[]::text[] END",
    new_user=_new_user,
    assignable={
        "staff": {"is_staff": True, "is_superuser": True},
        "customer": {"is_staff": False, "is_superuser": False},
    },
    administrator="staff",
)
