"""Passwords: bcrypt at cost 12, computed in a small pool of threads that says no before it is swamped."""

import asyncio
import hashlib
import hmac
import os
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

import bcrypt

from portico.kernel.errors import InvalidInput, RateLimited

COST = 12
BCRYPT_LIMIT = 72  # bytes; bcrypt 5 refuses more
LONGEST = 128  # characters
WAITING = 32  # hashes that may be under way or queued in one process: about 8 s of work

# The hash of a random string nobody knows, so that an unknown account takes as long as a wrong password.
NOBODY = "$2b$12$twxKwYt.uUhw8qV.V9NcBOGzeYRXyZRPJe2oe4y0UG4Az7.6XFu6C"

T = TypeVar("T")


class PasswordHasher:
    """Hashes and verifies off the event loop. At most WAITING at a time; one more is answered 429."""

    def __init__(self, threads: int, waiting: int = WAITING) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt")
        self._waiting = waiting
        self._under_way = 0

    async def hash(self, password: str) -> str:
        return (await self._run(bcrypt.hashpw, prepared(password), bcrypt.gensalt(COST))).decode()

    async def verify(self, password: str, pwd_hash: str | None) -> bool:
        """Whether the password is the account's. No account, no hash: False, after the same time."""
        if len(password) > LONGEST:
            return False
        matches = await self._run(bcrypt.checkpw, prepared(password), (pwd_hash or NOBODY).encode())
        return matches and pwd_hash is not None

    async def _run(self, work: Callable[..., T], *args: bytes) -> T:
        if self._under_way >= self._waiting:
            raise RateLimited("Too many log-ins at once. Try again in a moment.", headers={"Retry-After": "2"})
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)
        finally:
            self._under_way -= 1


@cache
def hasher() -> PasswordHasher:
    """The process's own hasher. Half the cores, so that log-ins never take the whole machine."""
    return PasswordHasher(max(1, (os.cpu_count() or 2) // 2))


def hash_now(password: str) -> str:
    """A hash in the calling thread, for commands and seeds."""
    return bcrypt.hashpw(prepared(password), bcrypt.gensalt(COST)).decode()


def verify_now(password: str, pwd_hash: str) -> bool:
    return bcrypt.checkpw(prepared(password), pwd_hash.encode())


def prepared(password: str) -> bytes:
    """The bytes that bcrypt gets: the password, or for more than 72 bytes the base64 of its HMAC-SHA-256."""
    raw = password.encode()
    if len(raw) <= BCRYPT_LIMIT:
        return raw
    return b64encode(hmac.digest(b"portico.bcrypt", raw, hashlib.sha256))


def check_new_password(password: str, *, shortest: int, may_be_common: bool = False) -> None:
    """Raise `InvalidInput` for a password that is too short, too long or, unless it may be, among the commonest.

    No composition rules: NIST SP 800-63B, section 3.1.1.2 tells why they do harm.
    """
    if len(password) < shortest:
        raise InvalidInput(details={"password": f"must have at least {shortest} characters"})
    if len(password) > LONGEST:
        raise InvalidInput(details={"password": f"must have at most {LONGEST} characters"})
    if not may_be_common and password.lower() in _common():
        raise InvalidInput(details={"password": "is among the most common ones: choose another"})


@cache
def _common() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())
