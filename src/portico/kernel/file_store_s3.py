"""S3 and what speaks like it, through obstore: an extra, imported where FILES_URL asks for it, and only then.

Access comes from where AWS's own tools look for it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, the role of
the machine; AWS_ENDPOINT_URL for another server than AWS's own. They are real environment variables: `.env` is ours.
"""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from portico.kernel.errors import Unavailable
from portico.kernel.settings import SettingsError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig  # names for the type checker alone: the module has none

PART = 8 * 1024 * 1024  # bytes; S3 takes up to 10,000 parts
AT_ONCE = 2  # parts of one file on their way: so many of them are in memory
PIECE = 2 * 1024 * 1024
"""Bytes that one request reads. Of a whole object read at the pace of a slow client, the server would grow tired."""
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}


class ObjectStore:
    """Objects in a bucket, one a file, under its key. An upload that is cut off leaves no object."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    async def write(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        source = _Source(chunks)
        try:
            await obstore.put_async(self._store, key, source.read(), chunk_size=PART, max_concurrency=AT_ONCE)
        except Exception as error:
            if source.failure is not None:  # obstore words it anew: the sender's own error says more
                raise source.failure from None
            raise _translated(error) from error

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        while start < end:
            stop = min(start + PIECE, end)
            try:
                piece = await obstore.get_range_async(self._store, key, start=start, end=stop)
            except BaseError as error:
                raise _translated(error) from error
            yield bytes(piece)
            start = stop

    async def size(self, key: str) -> int:
        try:
            return (await obstore.head_async(self._store, key))["size"]
        except BaseError as error:
            raise _translated(error) from error

    async def delete(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except NotFoundError:
            return
        except BaseError as error:
            raise _translated(error) from error


class _Source:
    """The chunks of a caller, and the error that ended them."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.failure: BaseException | None = None

    async def read(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._chunks:
                yield chunk
        except BaseException as error:
            self.failure = error
            raise


def connect(url: str) -> ObjectStore:
    """Raises `SettingsError`. Nothing is asked of the server yet."""
    has_no_tls = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    options: ClientConfig = {"connect_timeout": "5s", "timeout": "30s", "allow_http": has_no_tls}
    try:
        return ObjectStore(S3Store.from_url(url, client_options=options, retry_config=RETRIES))
    except BaseError as error:
        raise SettingsError(f"FILES_URL cannot be used: {type(error).__name__}.") from None


def _translated(error: Exception) -> Exception:
    if isinstance(error, NotFoundError):
        return FileNotFoundError()
    return Unavailable(log="The object store does not answer.")
