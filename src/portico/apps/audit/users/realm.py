"""The users of this app as identity knows them."""

from portico.apps.audit.permissions import FIRM_ROLES
from portico.apps.audit.users.models import User
from portico.identity.public import Realm


def _new_user(*, email: str, username: str, pwd_hash: str, staff: bool) -> User:
    return User(email=email, username=username, pwd_hash=pwd_hash, role="admin" if staff else "staff")


realm = Realm(
    app="audit",
    users="audit.users",
    sessions="audit.sessions",
    roles="ARRAY[u.role]",
    new_user=_new_user,
    assignable={role: {"role": role} for role in FIRM_ROLES},
    refusal="Invalid email or password",
)
