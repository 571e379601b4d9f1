"""The shape of an OSCAL profile: what it chooses from which catalogs, and what it changes of it."""

from typing import Annotated, Literal

from pydantic import FailFast, Field, StringConstraints, model_validator

from portico.apps.audit.frameworks.catalogs import Param, ParameterValues, Part
from portico.apps.audit.frameworks.oscal import (
    BackMatter,
    Described,
    Empty,
    Many,
    Metadata,
    Strict,
    Text,
    Token,
    Uuid,
    YesOrNo,
)

MOST_IMPORTS = 50


class Matching(Strict):
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=200)] = ""
    remarks: str = ""


class Selection(Strict):
    with_child_controls: YesOrNo = "no"
    with_ids: Many[Token]
    matching: Many[Matching]


class Choice(Strict):
    include_all: Empty
    include_controls: Many[Selection]
    exclude_controls: Many[Selection]

    @model_validator(mode="after")
    def _one(self) -> "Choice":
        if {"include_all", "include_controls"} <= self.model_fields_set:
            raise ValueError("has both include-all and include-controls")
        return self


class Import(Choice):
    href: Text


class Insertion(Choice):
    order: Literal["keep", "ascending", "descending"] = "keep"


class CustomGroup(Described):
    id: Token = ""
    title: Text
    params: Many[Param]
    parts: Many[Part]
    groups: "Many[CustomGroup]"
    insert_controls: Many[Insertion]


class Custom(Strict):
    groups: Many[CustomGroup]
    insert_controls: Many[Insertion]


class Combine(Strict):
    method: Literal["use-first", "merge", "keep"] = "keep"


class Merge(Strict):
    combine: Combine = Combine()
    flat: Empty
    as_is: bool = False
    custom: Custom = Custom()

    @model_validator(mode="after")
    def _one(self) -> "Merge":
        if len({"flat", "as_is", "custom"} & self.model_fields_set) > 1:
            raise ValueError("has more than one of flat, as-is and custom")
        return self


class SetParameter(ParameterValues):
    param_id: Token


class Remove(Strict):
    by_name: Token = ""
    by_class: Token = ""
    by_id: Token = ""
    by_item_name: Literal["param", "prop", "link", "part", "mapping", "map"] = "part"
    by_ns: Text = ""
    remarks: str = ""

    @model_validator(mode="after")
    def _some(self) -> "Remove":
        if not self.model_fields_set - {"remarks"}:
            raise ValueError("names nothing to remove")
        return self


class Add(Described):
    position: Literal["before", "after", "starting", "ending"] = "ending"
    by_id: Token = ""
    title: Text = ""
    params: Many[Param]
    parts: Many[Part]


class Alter(Strict):
    control_id: Token
    removes: Many[Remove]
    adds: Many[Add]


class Modify(Strict):
    set_parameters: Many[SetParameter]
    alters: Many[Alter]


class Profile(Strict):
    uuid: Uuid
    metadata: Metadata
    imports: Annotated[list[Import], Field(min_length=1, max_length=MOST_IMPORTS), FailFast()]
    merge: Merge = Merge()
    modify: Modify = Modify()
    back_matter: BackMatter = BackMatter()
