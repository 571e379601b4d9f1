"""`Idempotency-Key`: the same request sent twice has one effect and one answer.

The answer is stored in the business transaction, so it exists if and only if the effect does. Keys are scoped to app
and caller and live 24 hours. An advisory lock tells a request that is still running (409) from one that is done.
"""

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import Header, Request, Response
from sqlalchemy import DateTime, LargeBinary, SmallInteger, Text, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from portico.kernel.database import Session
from portico.kernel.errors import Conflict, Problem
from portico.kernel.tables import KernelTable
from portico.kernel.transaction import Transaction
from portico.kernel.unit_of_work import unit_of
from portico.kernel.uploads import upload_of

HEADER = "Idempotency-Key"
LIFETIME_HOURS = 24
LONGEST_KEY = 255
KEPT_HEADERS = ("content-type", "location", "etag")

Key = Annotated[
    str | None,
    Header(
        alias=HEADER, min_length=1, max_length=LONGEST_KEY,
        description="The same request sent again with the same key has no second effect and gets the same answer.",
    ),
]  # fmt: skip


class StoredAnswer(KernelTable):
    """An answer that a repeated request gets again."""

    __tablename__ = "idempotency_keys"

    app: Mapped[str] = mapped_column(Text, primary_key=True)
    caller: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)


class Replay(Exception):  # not an error: it carries the stored answer past the handler
    def __init__(self, answer: Response) -> None:
        self.answer = answer


class KeyReused(Problem):
    status = 422
    code = "IDEMPOTENCY_KEY_REUSED"
    message = "This Idempotency-Key was used for another request."


class StillRunning(Conflict):
    message = "The first request with this Idempotency-Key is still running."


async def once(request: Request, write: Transaction, *, caller: str, key: str) -> None:
    """Let the first request with a key pass and store its answer; answer a repeated one from the store.

    Where the body is an upload, that is settled once it is there: only then is it known whether it is the same one.
    Raises `Replay`, `KeyReused` for another request under the same key, `StillRunning` while the first one runs.
    """
    app: str = request.app.state.name
    upload = upload_of(request)
    fingerprint = b""

    async def claim() -> None:
        nonlocal fingerprint
        fingerprint = await _fingerprint(request)
        is_alone = await _lock(write.session, f"{app}:{caller}:{key}")
        stored = await _find(write.session, app, caller, key)
        if stored is not None:
            raise Replay(_again(stored)) if stored.fingerprint == fingerprint else KeyReused
        if not is_alone:  # looked at last: whoever has the lock may be a repeated request, like this one
            raise StillRunning

    async def remember(answer: Response) -> None:
        if not fingerprint:
            raise RuntimeError(
                "This route takes an upload and has not stored it: its Idempotency-Key was not looked at."
            )
        if 200 <= answer.status_code < 300:
            headers = {name: value for name, value in answer.headers.items() if name in KEPT_HEADERS}
            row = {
                "app": app, "caller": caller, "key": key, "fingerprint": fingerprint,
                "status": answer.status_code, "headers": headers, "body": bytes(answer.body),
            }  # fmt: skip
            # An expired row of the same key may still be there: the sweep of old rows is not part of the promise.
            overwrite = {**row, "created_at": func.now()}
            await write.session.execute(
                insert(StoredAnswer)
                .values(row)
                .on_conflict_do_update(constraint="idempotency_keys_pkey", set_=overwrite)
            )

    if upload is None:
        await claim()
    write.claims.append(claim)
    unit_of(request).before_commit.append(remember)


async def _fingerprint(request: Request) -> bytes:
    choices = [f"{name}: {request.headers.get(name)}" for name in request.app.state.choosing_headers]
    head = "\n".join([f"{request.method} {request.url.path}?{request.url.query}", *choices, ""])
    upload = upload_of(request)
    return hashlib.sha256(head.encode() + (upload.fingerprint if upload else await request.body())).digest()


async def _lock(session: Session, name: str) -> bool:
    number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(number))))


async def _find(session: Session, app: str, caller: str, key: str) -> StoredAnswer | None:
    oldest = func.now() - func.make_interval(0, 0, 0, 0, LIFETIME_HOURS)
    found = await session.execute(
        select(StoredAnswer).where(
            StoredAnswer.app == app, StoredAnswer.caller == caller, StoredAnswer.key == key,
            StoredAnswer.created_at > oldest,
        )
    )  # fmt: skip
    return found.scalar_one_or_none()


def _again(stored: StoredAnswer) -> Response:
    return Response(stored.body, stored.status, headers={**stored.headers, "Idempotency-Replayed": "true"})
