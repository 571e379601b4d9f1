"""A realm is the user base of one app: its tables, its roles, and nobody else's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, Identity, Integer, Text, func, true
from sqlalchemy.orm import Mapped, mapped_column

BEARER, API_KEY = "Bearer", "ApiKey"
"""What the OpenAPI document calls the ways to sign in."""


class AccountColumns:
    """What identity needs of an app's users. The app's own `User` adds the rest."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(Text)
    pwd_hash: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=true())
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SessionColumns:
    """A family of refresh tokens: one log-in, from its first token to its end.

    No token is stored. The refresh token of a generation can be made again from the family and the generation.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    generation: Mapped[int] = mapped_column(Integer, server_default="0")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    rotated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    address: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Client:
    """Where a request comes from. Two requests from one client agree in both."""

    address: str
    user_agent: str


@dataclass(frozen=True)
class Caller:
    """Who is calling, as far as rules care.

    `scopes` are the actions that an API key is for, and `session_id` is then the key's; a user in person has None.
    """

    user_id: int
    session_id: UUID
    roles: frozenset[str]
    scopes: frozenset[str] | None = None
    name: str = ""
    """What the user is called now; the event log keeps it."""

    @property
    def key(self) -> str:
        """What scopes the caller's idempotency keys and jobs; those of an API key are its own."""
        return str(self.user_id) if self.scopes is None else f"{self.user_id} key {self.session_id}"


@dataclass(frozen=True, kw_only=True)
class Tenancy:
    """How identity finds the tenant of what has no token yet, where the users of a realm belong to tenants.

    The statements see rows of all tenants: they call functions of the database that do no more than these need.
    """

    of_account: LiteralString
    """Answers the `tenant` of the account whose username or e-mail address is `%(name)s`."""
    all: LiteralString
    """Answers each `tenant`: what sweeps work through."""
    home: str
    """The tenant of those who run the installation: accounts made on the command line belong to it."""


@dataclass(frozen=True, kw_only=True)
class Realm:
    """The tables of an app's users and sessions, and how roles and new users are made.

    `roles` is an SQL expression over the users table, called `u`, that gives a `text[]`.
    `new_user` makes a user from `email`, `username`, `pwd_hash` and `staff`, who has then the role `administrator`.
    `assignable` are the roles that an operator may give, each with the columns that make it, and take what was before.
    `refusal` is what a failed log-in is told. `tells_inactive` answers 403 to who knows the password of a disabled
    account; else it is refused as an unknown one is. `shortest_password` holds in every environment, where it is given.
    `api_keys` is the table of API keys, where the app has any: see `portico.identity.api_keys`.
    """

    app: str
    users: str
    sessions: str
    roles: LiteralString
    new_user: Callable[..., Any]
    administrator: str = "admin"
    assignable: Mapping[str, Mapping[LiteralString, Any]] = field(default_factory=dict)
    refusal: str = "Incorrect username or password"
    tells_inactive: bool = False
    shortest_password: int | None = None
    api_keys: str | None = None
    api_key_prefix: str = "pk_"
    """So that people, and scanners for secrets, know a key when they see one."""
    session_roles: LiteralString | None = None
    """As `roles`, of the session `s` of the user `u`, where some sessions have fewer roles than their users."""
    tenancy: Tenancy | None = None
    """Where the tables have row-level security: see `portico.kernel.tenancy`."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """The security schemes of the OpenAPI document."""
        return (BEARER,) if self.api_keys is None else (BEARER, API_KEY)

    def statement(self, template: LiteralString) -> LiteralString:
        """The statement, with this realm's names for `{users}`, `{sessions}`, `{keys}`, `{roles}` and
        `{session_roles}`.

        They are the code's own; everything else is a parameter.
        """
        tables = {"users": self.users, "sessions": self.sessions, "keys": self.api_keys}
        names = {name: sql.Identifier(*table.split(".")) for name, table in tables.items() if table is not None}
        roles = {"roles": sql.SQL(self.roles), "session_roles": sql.SQL(self.session_roles or self.roles)}
        return sql.SQL(template).format(**names, **roles).as_string()
