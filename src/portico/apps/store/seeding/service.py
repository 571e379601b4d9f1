"""Seeding the store. All of it happens in the caller's transaction, so that it is all or nothing."""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from portico.apps.store.cached import catalogue_changed
from portico.apps.store.seeding.dataset import BUILT_IN, BadDataSet, DataSet, ProductRecord, UserRecord, read
from portico.apps.store.seeding.repository import SeedingRepository
from portico.apps.store.users.realm import realm
from portico.identity.public import find_administrator, first_administrator, hash_now
from portico.kernel.files import Files
from portico.kernel.seeding import Progress, SeedSummary
from portico.kernel.transaction import Transaction

FIRST_USER = 1
"""The user of a data set who is staff in development and testing."""


async def seed(
    transaction: Transaction, *, files: Files, flush: bool, directory: Path | None, demonstration: bool,
    progress: Progress,
) -> SeedSummary:  # fmt: skip
    """Fill the store with the data set of a folder, or with its own where `demonstration` data may be shown.

    What the data set holds wins over rows with the same id; what else is there stays, unless `flush` deletes it first.
    Without `demonstration` nobody of the data set is staff: an administrator is made, where there is none.

    Raises `BadDataSet`, `Conflict`; nothing has been committed then.
    """
    folder = directory or (BUILT_IN if demonstration else None)
    data = await asyncio.to_thread(read, folder) if folder else DataSet(categories=[], products=[], users=[], carts=[])
    steps = Steps(progress, of=len(data.users) + len(data.products) + len(data.carts) + 1)
    # Before the first statement: hashing takes long, and a transaction that idles is ended by the server.
    hashes = await _hash_all([user.password for user in data.users], steps.done)
    catalogue_changed(transaction)
    repository = await SeedingRepository.of(transaction)
    seeding = Seeding(transaction, repository, flush=flush, demonstration=demonstration)
    await seeding.begin()
    await seeding.load(data, hashes, steps.done)
    summary = await seeding.finish()
    steps.done(1)
    return summary


class Steps:
    """Adds up what is done, for whoever shows the progress."""

    def __init__(self, progress: Progress, *, of: int) -> None:
        self._progress = progress
        self._of = of
        self._done = 0

    def done(self, steps: int) -> None:
        self._done += steps
        self._progress(self._done, self._of)


class Seeding:
    """One run of a seed."""

    def __init__(
        self, transaction: Transaction, repository: SeedingRepository, *, flush: bool, demonstration: bool
    ) -> None:
        self._transaction = transaction
        self._repository = repository
        self._flush = flush
        self._demonstration = demonstration

    async def begin(self) -> None:
        await self._repository.wait_for_others()
        if self._flush:
            await self._repository.delete_all()

    async def load(self, data: DataSet, hashes: Sequence[str], done: Callable[[int], None]) -> None:
        """Write the data set. Raises `BadDataSet` where it does not go with what is there."""
        await self._repository.put_products(
            [_product_row(product) for product in data.products], categories=data.categories, from_one=self._flush
        )
        done(len(data.products))
        await self._load_users(data.users, hashes)
        await self._repository.put_carts(
            [{"id": cart.id, "user_id": cart.userId, "date": cart.date} for cart in data.carts],
            [
                {"cart_id": cart.id, "product_id": product_id, "quantity": quantity}
                for cart in data.carts
                for product_id, quantity in cart.lines().items()
            ],
        )
        done(len(data.carts))

    async def finish(self) -> SeedSummary:
        """Make an administrator where one is wanted and missing, settle the next ids, and count what is there.

        Raises `Conflict` where the administrator's name is taken.
        """
        if not self._demonstration:
            await find_administrator(self._transaction, realm)
        await self._repository.number_on(restart=self._flush)  # what may fail comes before: this does not roll back
        notes = [] if self._demonstration else [await first_administrator(self._transaction, realm)]
        await self._repository.mark()
        return SeedSummary(await self._repository.counts(), notes)

    async def _load_users(self, users: Sequence[UserRecord], hashes: Sequence[str]) -> None:
        rows = [self._user_row(user, pwd_hash) for user, pwd_hash in zip(users, hashes, strict=True)]
        await self._check_users(rows)
        addresses = [{"user_id": user.id, **user.address.columns()} for user in users if user.address is not None]
        await self._repository.put_users(rows, addresses, from_one=self._flush)

    async def _check_users(self, rows: Sequence[dict[str, Any]]) -> None:
        taken = await self._repository.taken(rows)
        if taken is not None:
            field, value = taken
            raise BadDataSet(f"users.json: the {field} {value} belongs to a user with another id in the store.")
        staff = None if self._demonstration else await self._repository.staff_among(rows)
        if staff is not None:
            # Else the password of somebody's data set would open the real shop's administration.
            raise BadDataSet(
                f"users.json: user {staff['id']} is {staff['username']} in the store, who is staff;"
                " give the user another id, or seed with --flush."
            )

    def _user_row(self, user: UserRecord, pwd_hash: str) -> dict[str, Any]:
        return {
            "id": user.id, "username": user.username, "email": user.email, "pwd_hash": pwd_hash,
            "first_name": user.name.firstname, "last_name": user.name.lastname, "phone": user.phone,
            "is_staff": self._demonstration and user.id == FIRST_USER,
        }  # fmt: skip


def _product_row(product: ProductRecord) -> dict[str, Any]:
    """The row as JSON takes it: decimal numbers as text, which keeps them exact."""
    rating = product.rating
    return {
        "id": product.id, "title": product.title, "price": str(product.price), "description": product.description,
        "image": product.image, "category": product.category,
        "rating_sum": str(rating.rate * rating.count), "rating_count": rating.count,
    }  # fmt: skip


async def _hash_all(passwords: Sequence[str], done: Callable[[int], None]) -> list[str]:
    """The hashes of the passwords, made on all cores: 0.25 s each."""
    pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="seed")

    async def hashed(password: str) -> str:
        pwd_hash = await asyncio.get_running_loop().run_in_executor(pool, hash_now, password)
        done(1)
        return pwd_hash

    try:
        return await asyncio.gather(*map(hashed, passwords))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
