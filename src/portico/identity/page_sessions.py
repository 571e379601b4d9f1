"""Who is signed in to pages: a session like any other, whose key is a cookie that no script can read.

The cookie holds a signed text of a use of its own: it is no bearer token, and a bearer token is no cookie. The session
behind it is looked up at each request, so signing out, a new password and disabling an account end it at once.
"""

from typing import Annotated

from fastapi import Depends, Request, Response

from portico.identity.realm import Caller, Client
from portico.identity.realm_services import identity_of
from portico.kernel import page_cookies
from portico.kernel.database import Connection
from portico.kernel.errors import Unauthorized
from portico.kernel.page_cookies import SESSION, VISIT
from portico.kernel.transaction import Transaction
from portico.kernel.unit_of_work import Reading, Writing


async def sign_in(request: Request, answer: Response, client: Client, *, name: str, password: str) -> None:
    """Begin a session and put its cookie into the answer. Raises what `Login.log_in` raises."""
    identity = identity_of(request)
    pair = await identity.login.log_in(name, password, client)
    begin(request, answer, pair.access, seconds=int(identity.tokens.refresh_lifetime.total_seconds()))


def begin(request: Request, answer: Response, access: str, *, seconds: int) -> None:
    """Put the cookie of the session behind this access token into the answer: what pages are read with for so long."""
    identity = identity_of(request)
    now = identity.clock()
    text = identity.tokens.page(identity.tokens.read_access(access, now), now=now)
    page_cookies.put(request, answer, SESSION, text, seconds=seconds)
    page_cookies.drop(request, answer, VISIT)


async def sign_out(request: Request, answer: Response, write: Transaction) -> None:
    """End the session of the request's cookie, if it lives, and take the cookie away."""
    connection = await write.connection()
    caller = await caller_of_pages(connection, request)
    if caller is not None:
        identity = identity_of(request)
        await identity.sessions.end(connection, caller.session_id, user_id=caller.user_id, now=identity.clock())
    page_cookies.drop(request, answer, SESSION)


async def caller_of_pages(connection: Connection, request: Request) -> Caller | None:
    """Whose cookie the request carries. One that is not live any more is as good as none."""
    text = page_cookies.read(request, SESSION)
    if text is None:
        return None
    identity = identity_of(request)
    now = identity.clock()
    try:
        caller = await identity.sessions.caller(connection, identity.tokens.read_page(text, now), now)
    except Unauthorized:
        return None
    request.scope["portico.user"] = caller.user_id
    return caller


async def _reader_if_any(request: Request, connection: Reading) -> Caller | None:
    return await caller_of_pages(connection, request)


async def _writer_if_any(request: Request, write: Writing) -> Caller | None:
    return await caller_of_pages(await write.connection(), request)


MaybePageReader = Annotated[Caller | None, Depends(_reader_if_any)]
MaybePageWriter = Annotated[Caller | None, Depends(_writer_if_any)]


async def _reader(caller: MaybePageReader) -> Caller:
    if caller is None:
        raise Unauthorized
    return caller


async def _writer(caller: MaybePageWriter) -> Caller:
    if caller is None:
        raise Unauthorized
    return caller


PageReader = Annotated[Caller, Depends(_reader)]
PageWriter = Annotated[Caller, Depends(_writer)]
"""Who has not signed in is led to the page where one does: see `Pages.error`."""
