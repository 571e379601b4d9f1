"""Who may do what, in each mode of the store. The authorization tests are made from this table."""

from enum import StrEnum

from portico.identity.public import ANYONE, SIGNED_IN, Allowed, Caller, Permissions
from portico.kernel.errors import Unauthorized

STAFF = "staff"


class Mode(StrEnum):
    """`sandbox` is the open shop of tutorials; `private` is a shop with customers."""

    SANDBOX = "sandbox"
    PRIVATE = "private"


class Action(StrEnum):
    READ_PEOPLE = "read any user or cart"
    WRITE_CATALOGUE = "write products and categories"
    WRITE_USERS = "write any user"
    REASSIGN_CARTS = "give one's cart to another user"
    WRITE_CARTS = "write any cart"
    SET_PASSWORDS = "set any user's password"


# Owners may always read and write what is their own; a rating is always the caller's own.
ALLOWED: dict[Mode, Allowed] = {
    Mode.SANDBOX: {
        Action.READ_PEOPLE: ANYONE,
        Action.WRITE_CATALOGUE: SIGNED_IN,
        Action.WRITE_USERS: SIGNED_IN,
        Action.REASSIGN_CARTS: SIGNED_IN,
        Action.WRITE_CARTS: STAFF,
        Action.SET_PASSWORDS: STAFF,
    },
    Mode.PRIVATE: {
        Action.READ_PEOPLE: STAFF,
        Action.WRITE_CATALOGUE: STAFF,
        Action.WRITE_USERS: STAFF,
        Action.REASSIGN_CARTS: STAFF,
        Action.WRITE_CARTS: STAFF,
        Action.SET_PASSWORDS: STAFF,
    },
}


class CallerGone(Unauthorized):
    """The caller's account was removed while this request was under way."""

    message = "Invalid token"


class Access(Permissions):
    """What this caller may do in this mode."""

    def __init__(self, mode: Mode, caller: Caller | None) -> None:
        super().__init__(ALLOWED[mode], caller)

    @property
    def user_id(self) -> int:
        """The signed-in caller. Raises `Unauthorized` where nobody is."""
        if self.caller is None:
            raise Unauthorized
        return self.caller.user_id

    @property
    def people(self) -> int | None:
        """Whose users and carts the caller may see: None for everyone's, else one user's. Raises `Unauthorized`."""
        return None if self.may(Action.READ_PEOPLE) else self.user_id
