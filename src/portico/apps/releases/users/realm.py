"""The users of this app as identity knows them.

Among the roles stand the teams and the groups of a user, as `team:3` and `group:5`: they are read with the session, so
that no rule has to ask for them again.
"""

from portico.apps.releases.permissions import ADMIN, DEVELOPER, MANAGER, VIEWER
from portico.apps.releases.users.models import User
from portico.identity.public import Realm


def _new_user(*, email: str, username: str, pwd_hash: str, staff: bool) -> User:
    return User(email=email, username=username, pwd_hash=pwd_hash, role="admin" if staff else "viewer")


realm = Realm(
    app="releases",
    users="releases.users",
    sessions="releases.sessions",
    roles="""(
        SELECT array_agg(role) FROM (
            SELECT u.role UNION ALL
            SELECT 'team:' || team_id FROM releases.team_members WHERE user_id = u.id UNION ALL
            SELECT 'group:' || group_id FROM releases.group_members WHERE user_id = u.id UNION ALL
            SELECT 'approver' WHERE EXISTS (SELECT FROM releases.group_members WHERE user_id = u.id)
        ) AS given (role))""",
    new_user=_new_user,
    assignable={role: {"role": role} for role in (VIEWER, DEVELOPER, MANAGER, ADMIN)},
    refusal="Incorrect email or password",
    api_keys="releases.api_keys",
)
