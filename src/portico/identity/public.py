"""The one door to identity. Apps import from here and from nowhere else in the package."""

from portico.identity import accounts
from portico.identity.guard import (
    ClientOf,
    Identity,
    IdentityOf,
    MaybeReader,
    NewPassword,
    Once,
    Reader,
    Writer,
    identity_of,
    prepare,
)
from portico.identity.login_limits import LoginFailures
from portico.identity.passwords import hash_now
from portico.identity.realm import AccountColumns, Caller, Client, Realm, SessionColumns
from portico.identity.tokens import TokenPair

__all__ = [
    "AccountColumns",
    "Caller",
    "Client",
    "ClientOf",
    "Identity",
    "IdentityOf",
    "LoginFailures",
    "MaybeReader",
    "NewPassword",
    "Once",
    "Reader",
    "Realm",
    "SessionColumns",
    "TokenPair",
    "Writer",
    "accounts",
    "hash_now",
    "identity_of",
    "prepare",
]
