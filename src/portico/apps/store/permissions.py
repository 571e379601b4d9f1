"""Who may do what, in each mode of the store. The authorization tests are made from this table."""

from dataclasses import dataclass
from enum import StrEnum

from portico.identity.public import Caller
from portico.kernel.errors import Forbidden, Unauthorized

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


class Who(StrEnum):
    ANYONE = "anyone"
    SIGNED_IN = "any signed-in user"
    STAFF = "staff"


# Owners may always read and write what is their own; a rating is always the caller's own.
ALLOWED: dict[Mode, dict[Action, Who]] = {
    Mode.SANDBOX: {
        Action.READ_PEOPLE: Who.ANYONE,
        Action.WRITE_CATALOGUE: Who.SIGNED_IN,
        Action.WRITE_USERS: Who.SIGNED_IN,
        Action.REASSIGN_CARTS: Who.SIGNED_IN,
        Action.WRITE_CARTS: Who.STAFF,
        Action.SET_PASSWORDS: Who.STAFF,
    },
    Mode.PRIVATE: {
        Action.READ_PEOPLE: Who.STAFF,
        Action.WRITE_CATALOGUE: Who.STAFF,
        Action.WRITE_USERS: Who.STAFF,
        Action.REASSIGN_CARTS: Who.STAFF,
        Action.WRITE_CARTS: Who.STAFF,
        Action.SET_PASSWORDS: Who.STAFF,
    },
}


class CallerGone(Unauthorized):
    """The caller's account was removed while this request was under way."""

    message = "Invalid token"


@dataclass(frozen=True)
class Access:
    """What this caller may do in this mode. `caller` is None for somebody who has not signed in."""

    mode: Mode
    caller: Caller | None

    def may(self, action: Action) -> bool:
        match ALLOWED[self.mode][action]:
            case Who.ANYONE:
                return True
            case Who.SIGNED_IN:
                return self.caller is not None
            case Who.STAFF:
                return self.caller is not None and STAFF in self.caller.roles

    def require(self, action: Action) -> None:
        """Raise `Unauthorized` or `Forbidden` where the caller may not."""
        if not self.may(action):
            raise Unauthorized if self.caller is None else Forbidden

    def owns(self, user_id: int) -> bool:
        return self.caller is not None and self.caller.user_id == user_id

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
