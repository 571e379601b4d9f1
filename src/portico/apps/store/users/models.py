"""Users of the store, and their sessions."""

from sqlalchemy import Boolean, Index, Text, false, func
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.store.tables import StoreTable
from portico.identity.public import AccountColumns, SessionColumns
from portico.kernel.tables import Versioned


class User(AccountColumns, Versioned, StoreTable):
    __tablename__ = "users"

    first_name: Mapped[str] = mapped_column(Text, server_default="", default="")
    last_name: Mapped[str] = mapped_column(Text, server_default="", default="")
    phone: Mapped[str] = mapped_column(Text, server_default="", default="")
    is_staff: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    is_superuser: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)


# Names and addresses differ by more than case: Anna and anna are one person to whoever reads them.
Index("users_username_key", func.lower(User.username), unique=True)
Index("users_email_key", func.lower(User.email), unique=True)


class UserSession(SessionColumns, StoreTable):
    __tablename__ = "sessions"
