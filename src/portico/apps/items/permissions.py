"""Who may do what, in each mode of the app. The authorization tests are made from this table."""

from enum import StrEnum

from portico.identity.public import ANYONE, NOBODY, SIGNED_IN, Allowed, Caller, Permissions
from portico.kernel.errors import Unauthorized

ADMIN = "admin"


class Mode(StrEnum):
    """`sandbox` takes writes from anyone, as tutorials expect it; `private` asks for a token."""

    SANDBOX = "sandbox"
    PRIVATE = "private"


class Action(StrEnum):
    """The names are the scopes of API keys."""

    ADD_ITEMS = "items:write"  # add items, and write one's own
    WRITE_ITEMS = "items:write-any"  # those of others, or of nobody
    READ_USERS = "users:read"
    WRITE_USERS = "users:write"  # add users, and write others
    DISABLE_USERS = "users:disable"  # and enable them again
    READ_LOG = "log:read"  # who did what, and from where
    RENEW_BY_ACCESS_TOKEN = "sessions:renew"  # noqa: S105 - a name, not a token; an access token for an old one
    CHOOSE_COMMON_PASSWORDS = "passwords:common"


SCOPES = (Action.ADD_ITEMS, Action.WRITE_ITEMS, Action.READ_USERS, Action.WRITE_USERS, Action.DISABLE_USERS)
"""What an API key may be for. It never may more than its user."""

# Owners may always write their own items; users may always read and write their own account.
ALLOWED: dict[Mode, Allowed] = {
    Mode.SANDBOX: {**dict.fromkeys(Action, ANYONE), Action.READ_LOG: ADMIN},
    Mode.PRIVATE: {
        Action.ADD_ITEMS: SIGNED_IN,
        Action.WRITE_ITEMS: ADMIN,
        Action.READ_USERS: ADMIN,
        Action.WRITE_USERS: ADMIN,
        Action.DISABLE_USERS: ADMIN,
        Action.READ_LOG: ADMIN,
        Action.RENEW_BY_ACCESS_TOKEN: NOBODY,
        Action.CHOOSE_COMMON_PASSWORDS: NOBODY,
    },
}


class Access(Permissions):
    """What this caller may do in this mode."""

    def __init__(self, mode: Mode, caller: Caller | None, address: str = "") -> None:
        super().__init__(ALLOWED[mode], caller, address)
        self.mode = mode

    @property
    def user_id(self) -> int | None:
        return self.caller.user_id if self.caller else None

    @property
    def people(self) -> int | None:
        """Whose accounts the caller may see: None for everyone's, else one user's. Raises `Unauthorized`."""
        if self.may(Action.READ_USERS):
            return None
        if self.caller is None:
            raise Unauthorized
        return self.caller.user_id
