"""What the values of settings may be: each kind is a type, and refuses in our own words.

Those of the parsers quote what they could not parse, a password at worst.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import psycopg
from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode
from sqlalchemy.exc import ArgumentError

from portico.kernel.database import conninfo

DATABASE_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg")
REDIS_SCHEMES = ("redis", "rediss", "unix")
RATE = re.compile(r"[1-9][0-9]{0,8}/[1-9][0-9]{0,5}", re.ASCII)


def _split_on_commas(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _none_when_empty(value: Any) -> Any:
    return None if value == "" else value


def _database_url(value: str | None) -> str | None:
    try:
        is_ours = value is None or (value.partition("://")[0] in DATABASE_SCHEMES and bool(conninfo(value)))
    except (ArgumentError, ValueError, psycopg.ProgrammingError):
        is_ours = False
    if not is_ours:
        raise ValueError("must look like postgresql://user:password@host:5432/name")
    return value


def _redis_url(value: str | None) -> str | None:
    if value is not None and value.partition("://")[0] not in REDIS_SCHEMES:
        raise ValueError("must look like redis://user:password@host:6379/0")
    return value


def _files_url(value: str | None) -> str | None:
    """A folder on this machine, or a bucket."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        is_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        is_bucket = parts.scheme == "s3" and bool(parts.hostname)
    except ValueError:
        is_folder = is_bucket = False
    if not is_folder and not is_bucket:
        raise ValueError("must look like file:///var/lib/portico/files or s3://bucket/prefix")
    return value


def _rate(value: str | None) -> str | None:
    if value is not None and value != "off" and not RATE.fullmatch(value):
        raise ValueError("must look like 100/60, requests per seconds, or be off")
    return value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        for text in value:
            ip_network(text, strict=False)
    except ValueError:
        raise ValueError("must be addresses or networks with commas between them") from None
    return value


def _origin(value: str | None) -> str | None:
    """Without a slash at the end: paths begin with one."""
    return value and value.rstrip("/")


WhenEmptyNone = BeforeValidator(_none_when_empty)
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_on_commas)]
MaybeText = Annotated[str | None, WhenEmptyNone]
MaybePath = Annotated[Path | None, WhenEmptyNone]
DatabaseUrl = Annotated[MaybeText, AfterValidator(_database_url)]
RedisUrl = Annotated[MaybeText, AfterValidator(_redis_url)]
FilesUrl = Annotated[MaybeText, AfterValidator(_files_url)]
Rate = Annotated[MaybeText, AfterValidator(_rate)]
NetworkWords = Annotated[Words, AfterValidator(_networks)]
Origin = Annotated[MaybeText, AfterValidator(_origin)]
