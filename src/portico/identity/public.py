"""The one door to identity. Apps import from here and from nowhere else in the package."""

from portico.identity import accounts, audience, page_sessions
from portico.identity.account_fields import USERNAME, VISIBLE, Email, Password, Username
from portico.identity.administrators import LastAdministrator, find_administrator, first_administrator
from portico.identity.api_key_routes import ApiKeyIn, ApiKeyNotFound, ApiKeyOut, NewApiKeyOut, api_key_router
from portico.identity.api_keys import ApiKeyColumns
from portico.identity.guard import (
    AnyReader,
    AnyWriter,
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
from portico.identity.login import Claimant
from portico.identity.login_limits import PER_ADDRESS, LoginFailures, LoginLimits
from portico.identity.once import Once, OnceForAnyone, OnceFromPage
from portico.identity.owners import job_router, notification_router, webhook_router
from portico.identity.page_sessions import MaybePageReader, MaybePageWriter, PageReader, PageWriter
from portico.identity.passwords import check_new_password, hash_now, hasher
from portico.identity.permissions import ANYONE, KEY_ALONE, NOBODY, SIGNED_IN, Allowed, Permissions
from portico.identity.realm import AccountColumns, Caller, Client, Realm, SessionColumns, Tenancy
from portico.identity.realm_services import Identity, prepare
from portico.identity.session_routes import session_router
from portico.identity.sign_in_pages import sign_in_router
from portico.identity.sweeps import LOGIN_SWEEP, realm_sweeps
from portico.identity.tickets import Ticket, stream_router, ticket_holder, ticket_router, ticket_socket, watcher
from portico.identity.token_routes import LoginIn, RefreshIn, TokensOut, token_router
from portico.identity.tokens import AccessToken, TokenPair

__all__ = [
    "ANYONE",
    "KEY_ALONE",
    "LOGIN_SWEEP",
    "NOBODY",
    "PER_ADDRESS",
    "SIGNED_IN",
    "USERNAME",
    "VISIBLE",
    "AccessToken",
    "AccountColumns",
    "Allowed",
    "AnyReader",
    "AnyWriter",
    "ApiKeyColumns",
    "ApiKeyIn",
    "ApiKeyNotFound",
    "ApiKeyOut",
    "BearerIfAny",
    "Caller",
    "Claimant",
    "Client",
    "ClientOf",
    "Email",
    "Identity",
    "IdentityOf",
    "LastAdministrator",
    "LoginFailures",
    "LoginIn",
    "LoginLimits",
    "MaybePageReader",
    "MaybePageWriter",
    "MaybeReader",
    "MaybeWriter",
    "NewApiKeyOut",
    "NewPassword",
    "Once",
    "OnceForAnyone",
    "OnceFromPage",
    "PageReader",
    "PageWriter",
    "Password",
    "Permissions",
    "Reader",
    "Realm",
    "RefreshIn",
    "SessionColumns",
    "Tenancy",
    "Ticket",
    "TokenPair",
    "TokensOut",
    "Username",
    "Writer",
    "accounts",
    "api_key_router",
    "audience",
    "caller_on",
    "check_new_password",
    "find_administrator",
    "first_administrator",
    "hash_now",
    "hasher",
    "job_router",
    "notification_router",
    "page_sessions",
    "prepare",
    "realm_sweeps",
    "session_router",
    "sign_in_router",
    "stream_router",
    "ticket_holder",
    "ticket_router",
    "ticket_socket",
    "token_router",
    "watcher",
    "webhook_router",
]
