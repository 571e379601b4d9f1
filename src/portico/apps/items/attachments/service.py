"""The rules of attachments: who may edit an item may add and remove its files."""

from collections.abc import AsyncIterable
from uuid import UUID

from portico.apps.items.permissions import Access
from portico.apps.items.service import ItemService, object_of
from portico.kernel.errors import Conflict
from portico.kernel.files import FileNotFound, Files, StoredFile
from portico.kernel.transaction import Transaction

MOST = 100


class TooManyFiles(Conflict):
    message = f"An item has up to {MOST} files."


class AttachmentService:
    def __init__(self, write: Transaction, access: Access, files: Files) -> None:
        self._write = write
        self._files = files
        self._items = ItemService(write, access)

    async def add(self, item_id: int, upload: AsyncIterable[bytes]) -> StoredFile:
        """Raises `ItemNotFound`, `Forbidden`, `TooManyFiles`, and what `Files.store` raises."""
        await self._items.require_editable(item_id)  # asked before the bytes come, and again
        file = await self._files.store(self._write, upload, owner=object_of(item_id))
        await self._items.require_editable(item_id)
        if len(await self._files.of(await self._write.connection(), object_of(item_id))) > MOST:
            raise TooManyFiles
        return file

    async def remove(self, item_id: int, file_id: UUID) -> None:
        """Raises `ItemNotFound`, `Forbidden`, `FileNotFound`."""
        await self._items.require_editable(item_id)
        if not await self._files.remove(self._write, owner=object_of(item_id), file_id=file_id):
            raise FileNotFound
