"""What goes in and out of the article routes."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from portico.apps.factory.fields import Code, Text
from portico.kernel.inputs import Body
from portico.kernel.listing import Listed

Unit = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]


class ArticlePatch(Body):
    """Some of an article. What is absent stays as it is; the code stays for ever."""

    name: Text = ""
    unit: Unit = "pcs"


class ArticleIn(ArticlePatch):
    code: Code


class ArticleOut(BaseModel):
    id: int
    code: str
    name: str
    unit: str
    created_at: datetime
    deleted_at: datetime | None


class ArticlePage(Listed):
    items: list[ArticleOut]
