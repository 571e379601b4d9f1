"""The users of this app as identity knows them."""

from portico.apps.factory.tables import HOME
from portico.apps.factory.users.models import User
from portico.identity.public import Realm, Tenancy

_GIVEN = """
    ARRAY(
        SELECT {role} FROM factory.companies AS c WHERE c.id = u.company_id AND c.is_active AND u.deleted_at IS NULL
    )"""
ROLES = _GIVEN.format(role="u.role")
"""One; none of somebody who was removed, or whose company is not active."""
ROLES_AT_STATION = _GIVEN.format(role="'Operator'")


def _new_user(*, email: str, username: str, pwd_hash: str, staff: bool) -> User:
    """Made on the command line: somebody of the company that runs the installation."""
    return User(email=email, username=username, pwd_hash=pwd_hash, role="SystemAdmin" if staff else "Operator")


realm = Realm(
    app="factory",
    users="factory.users",
    sessions="factory.sessions",
    roles=ROLES,
    # Six digits open a station, whoever's they are, and nothing else.
    session_roles=f"CASE WHEN s.workstation_id IS NULL THEN {ROLES} ELSE {ROLES_AT_STATION} END",
    new_user=_new_user,
    administrator="SystemAdmin",
    assignable={role: {"role": role} for role in ("Operator", "ProjectManager", "CompanyAdmin", "SystemAdmin")},
    refusal="Incorrect email or password",
    api_keys="factory.api_keys",
    api_key_prefix="rfk_",
    tenancy=Tenancy(
        of_account="SELECT factory.company_of_account(%(name)s)::text AS tenant",
        all="SELECT id::text AS tenant FROM factory.company_ids() AS id",
        home=str(HOME),
    ),
)
