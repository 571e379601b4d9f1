"""The one door to identity. Apps import from here and from nowhere else in the package."""

from portico.identity import accounts, audience
from portico.identity.api_key_routes import api_key_router
from portico.identity.api_keys import ApiKeyColumns
from portico.identity.guard import (
    BearerIfAny,
    ClientOf,
    IdentityOf,
    MaybeReader,
    MaybeWriter,
    NewPassword,
    Reader,
    Writer,
    caller_on,
)
from portico.identity.login_limits import LoginFailures
from portico.identity.once import Once, OnceForAnyone
from portico.identity.owners import reading_owner, writing_owner
from portico.identity.page_sessions import MaybePageReader, MaybePageWriter, PageReader, PageWriter
from portico.identity.passwords import check_new_password, hash_now
from portico.identity.permissions import ANYONE, NOBODY, SIGNED_IN, Permissions
from portico.identity.realm import AccountColumns, Caller, Client, Realm, SessionColumns
from portico.identity.realm_services import Identity, prepare
from portico.identity.session_routes import session_router
from portico.identity.sign_in_pages import sign_in_router
from portico.identity.sweeps import LOGIN_SWEEP, realm_sweeps
from portico.identity.tickets import Ticket, stream_router, ticket_holder, ticket_router, ticket_socket, watcher
from portico.identity.tokens import TokenPair

__all__ = [
    "ANYONE",
    "LOGIN_SWEEP",
    "NOBODY",
    "SIGNED_IN",
    "AccountColumns",
    "ApiKeyColumns",
    "BearerIfAny",
    "Caller",
    "Client",
    "ClientOf",
    "Identity",
    "IdentityOf",
    "LoginFailures",
    "MaybePageReader",
    "MaybePageWriter",
    "MaybeReader",
    "MaybeWriter",
    "NewPassword",
    "Once",
    "OnceForAnyone",
    "PageReader",
    "PageWriter",
    "Permissions",
    "Reader",
    "Realm",
    "SessionColumns",
    "Ticket",
    "TokenPair",
    "Writer",
    "accounts",
    "api_key_router",
    "audience",
    "caller_on",
    "check_new_password",
    "hash_now",
    "prepare",
    "reading_owner",
    "realm_sweeps",
    "session_router",
    "sign_in_router",
    "stream_router",
    "ticket_holder",
    "ticket_router",
    "ticket_socket",
    "watcher",
    "writing_owner",
]
