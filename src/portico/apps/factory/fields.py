"""Kinds of fields that several nouns take."""

from typing import Annotated

from fastapi import Query
from pydantic import Field, StringConstraints

Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(description="Used once in the company, for ever, for each kind of thing."),
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]

Deleted = Annotated[bool, Query(description="What is softly deleted, instead of what is not.")]
Search = Annotated[str | None, Query(max_length=100, description="A part of its code or of what it is called.")]
CodeFilter = Annotated[str | None, Query(max_length=100)]
