"""Who may do what: a table of actions and roles, asked for one caller. Each app has one, and its `Access` adds to it.

A user has the roles that the realm gives. Beside them there are three that nobody is given:
"""

from collections.abc import Mapping

from portico.identity.realm import Caller
from portico.kernel.errors import Forbidden, Unauthorized

ANYONE = "anyone"  # also who has not signed in
SIGNED_IN = "any signed-in user"
NOBODY = "nobody"


class Permissions:
    """What this caller may do by this table. `caller` is None for somebody who has not signed in.

    An API key may do what its user may, as far as its scopes name the action.
    """

    def __init__(self, table: Mapping[str, str], caller: Caller | None) -> None:
        self._table = table
        self.caller = caller

    def may(self, action: str) -> bool:
        if self.caller is None:
            return self._table[action] == ANYONE
        in_scope = self.caller.scopes is None or action in self.caller.scopes
        return in_scope and self._table[action] in {ANYONE, SIGNED_IN, *self.caller.roles}

    def require(self, action: str) -> None:
        """Raise `Unauthorized` or `Forbidden` where the caller may not."""
        if not self.may(action):
            raise Unauthorized if self.caller is None else Forbidden

    def owns(self, user_id: int | None) -> bool:
        """Whether this user is the caller, in person: what is allowed to owners alone stands in no key's scopes."""
        return self.caller is not None and self.caller.scopes is None and self.caller.user_id == user_id
