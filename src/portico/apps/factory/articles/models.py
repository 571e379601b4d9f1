"""Articles: what is bought, made or sold."""

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.factory.tables import Deletable, FactoryTable, Row
from portico.kernel.tables import Versioned


class Article(Row, Deletable, Versioned, FactoryTable):
    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("company_id", "code"),)

    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, server_default="", default="")
    unit: Mapped[str] = mapped_column(Text, server_default="pcs", default="pcs")
