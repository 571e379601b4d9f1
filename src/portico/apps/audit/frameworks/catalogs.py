"""The shape of an OSCAL catalog: groups of controls, with their parameters and parts."""

from typing import Literal

from portico.apps.audit.frameworks.oscal import BackMatter, Described, Many, Metadata, Strict, Text, Token, Uuid


class Test(Strict):
    expression: Text
    remarks: str = ""


class Constraint(Strict):
    description: str = ""
    tests: Many[Test]


class Guideline(Strict):
    prose: str


class Select(Strict):
    how_many: Literal["one", "one-or-more"] = "one"
    choice: Many[str]


class ParameterValues(Described):
    depends_on: Token = ""
    label: Text = ""
    usage: str = ""
    constraints: Many[Constraint]
    guidelines: Many[Guideline]
    values: Many[Text]
    select: Select = Select()


class Param(ParameterValues):
    id: Token
    remarks: str = ""


class Part(Described):
    id: Token = ""
    name: Token
    ns: Text = ""
    title: str = ""
    prose: str = ""
    parts: "Many[Part]"


class Control(Described):
    id: Token
    title: Text
    params: Many[Param]
    parts: Many[Part]
    controls: "Many[Control]"


class Group(Described):
    id: Token = ""
    title: Text
    params: Many[Param]
    parts: Many[Part]
    groups: "Many[Group]"
    controls: Many[Control]


class Catalog(Strict):
    uuid: Uuid
    metadata: Metadata
    params: Many[Param]
    groups: Many[Group]
    controls: Many[Control]
    back_matter: BackMatter = BackMatter()
