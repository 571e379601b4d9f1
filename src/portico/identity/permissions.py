"""Who may do what: a table of actions and roles, asked for one caller. Each app has one, and its `Access` adds to it.

A user has the roles that the realm gives. Beside them there are some that nobody is given:
"""

from collections.abc import Mapping

from portico.identity.realm import Caller
from portico.kernel.errors import Forbidden, Unauthorized
from portico.kernel.event_log import Actor

ANYONE = "anyone"  # also who has not signed in
SIGNED_IN = "any signed-in user"
KEY_ALONE = "an API key of this scope"  # whoever made it, and nobody in person: say who may make such keys
NOBODY = "nobody"

Allowed = Mapping[str, str | frozenset[str]]
"""Actions, and the role that each one takes, or the roles of which it takes any."""


class Permissions:
    """What this caller may do by this table. `caller` is None for somebody who has not signed in.

    An API key may do what its user may, as far as its scopes name the action.
    """

    def __init__(self, table: Allowed, caller: Caller | None, address: str = "") -> None:
        self._table = table
        self._address = address
        self.caller = caller

    @property
    def actor(self) -> Actor:
        """For the event log."""
        return Actor(self.caller.key, self.caller.name, self._address) if self.caller else Actor(address=self._address)

    def may(self, action: str) -> bool:
        allowed = self._table[action]
        roles = frozenset((allowed,)) if isinstance(allowed, str) else allowed
        return not roles.isdisjoint(self._roles_for(action))

    def require(self, action: str) -> None:
        """Raise `Unauthorized` or `Forbidden` where the caller may not."""
        if not self.may(action):
            raise Unauthorized if self.caller is None else Forbidden

    def owns(self, user_id: int | None) -> bool:
        """Whether this user is the caller, in person: what is allowed to owners alone stands in no key's scopes."""
        return self.caller is not None and self.caller.scopes is None and self.caller.user_id == user_id

    def _roles_for(self, action: str) -> set[str]:
        if self.caller is None:
            return {ANYONE}
        if self.caller.scopes is None:
            return {ANYONE, SIGNED_IN, *self.caller.roles}
        return {ANYONE, SIGNED_IN, KEY_ALONE, *self.caller.roles} if action in self.caller.scopes else set()
