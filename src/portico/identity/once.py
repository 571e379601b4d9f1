"""Repeatable POSTs: the kernel's idempotency keys, each scoped to whom it belongs."""

from fastapi import Depends, Request

from portico.identity.guard import Bearer, MaybeWriter, caller_by_any
from portico.identity.page_sessions import PageWriter
from portico.kernel import idempotency
from portico.kernel.client_address import client_address
from portico.kernel.unit_of_work import Writing


async def _once(request: Request, credentials: Bearer, write: Writing, key: idempotency.Key = None) -> None:
    if key is not None:
        # Here a key of the API will do: whether it may do this is the route's question.
        caller = await caller_by_any(await write.connection(), request, credentials)
        await idempotency.once(request, write, caller=caller.key, key=key)


Once = Depends(_once)
"""Goes into a route's `dependencies`: its POST is repeatable with an Idempotency-Key, scoped to the caller."""


async def _once_for_anyone(request: Request, caller: MaybeWriter, write: Writing, key: idempotency.Key = None) -> None:
    if key is not None:
        nobody = f"address {client_address(request)}"
        await idempotency.once(request, write, caller=caller.key if caller else nobody, key=key)


OnceForAnyone = Depends(_once_for_anyone)
"""As `Once`, for routes that also take callers who have not signed in: their keys are scoped to their address."""


async def _once_from_page(request: Request, caller: PageWriter, write: Writing, key: idempotency.Key = None) -> None:
    if key is not None:
        await idempotency.once(request, write, caller=caller.key, key=key)


OnceFromPage = Depends(_once_from_page)
"""As `Once`, for what a page's script sends."""
