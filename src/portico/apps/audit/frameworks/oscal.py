"""What OSCAL catalogs and profiles share, as NIST's schema (1.0 and 1.1) has it.

Only what a resolution reads is described in full: metadata and back matter may hold more than is named here. Defaults
stand for what is absent; null is refused, as OSCAL does.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints

T = TypeVar("T")
Many = Annotated[list[T], Field(min_length=1, default=()), FailFast()]
"""It may be absent, and is never empty. What is wrong is named once in a list: there may be a million of it."""
Empty = Annotated[dict[str, Any], Field(max_length=0, default=())]
Text = Annotated[str, StringConstraints(min_length=1)]
Token = Annotated[str, StringConstraints(pattern=r"^[\p{L}_][\p{L}\p{N}.\-_]*$", max_length=200)]
Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
YesOrNo = Literal["yes", "no"]


def _hyphened(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=_hyphened)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, alias_generator=_hyphened)


class Metadata(Open):
    title: Text
    last_modified: Text
    version: Text
    oscal_version: Annotated[str, StringConstraints(pattern=r"^1\.\d+\.\d+(-.+)?$")]


class RLink(Open):
    href: Text
    media_type: Text = ""


class Resource(Open):
    uuid: Uuid
    title: Text = ""
    description: Text = ""
    rlinks: Many[RLink]


class BackMatter(Strict):
    resources: Many[Resource]


class Prop(Strict):
    name: Token
    value: Text
    uuid: Uuid = ""
    ns: Text = ""
    class_: Token = ""
    group: Token = ""
    remarks: str = ""


class Link(Strict):
    href: Text
    rel: Text = ""
    media_type: Text = ""
    resource_fragment: Text = ""
    text: str = ""


class Described(Strict):
    """What groups, controls, parameters and parts share."""

    class_: Token = ""
    props: Many[Prop]
    links: Many[Link]
