"""The text of a control as NIST prints it: parameters inserted as assignments and selections, links as their words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from portico.kernel.errors import InvalidInput

Node = dict[str, Any]

INSERTION = re.compile(r"\{\{\s*insert:\s*param,\s*([^\s{}]+)\s*\}\}(?:\s+(?=[;,.:)]))?")
"""With the space that some writers leave before a full stop, which nobody prints."""
LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
OURS = re.compile(r"organi[sz]ation(al|ally)?[- ]defined", re.IGNORECASE)
MOST_INSERTED = 5_000_000  # characters in all: one parameter may be inserted everywhere, and may insert others
DEEPEST = 10
INDENT = "  "


class EndlessParameters(InvalidInput):
    code = "ENDLESS_PARAMETERS"
    message = "Parameters insert one another without end."


class Prose:
    """Inserts the parameters of one catalog into its texts. Raises `EndlessParameters`."""

    def __init__(self, params: Mapping[str, Node]) -> None:
        self._params = params
        self._rendered: dict[str, str] = {}
        self._depth = 0
        self._inserted = 0

    def statement(self, control: Node) -> str:
        """What the control asks for, a line for each item with its label."""
        return "\n".join(line for part in _parts(control, "statement") for line in self._lines(part, 0))

    def guidance(self, control: Node) -> str:
        return "\n".join(line for part in _parts(control, "guidance") for line in self._lines(part, 0))

    def plain(self, text: str) -> str:
        inserted = INSERTION.sub(lambda found: self._counted(found[1]), LINK.sub(r"\1", text))
        return " ".join(inserted.split())

    def _counted(self, name: str) -> str:
        text = self._param(name)
        self._inserted += len(text)
        if self._inserted > MOST_INSERTED:
            raise EndlessParameters(
                details={name: f"with it, all that is inserted has over {MOST_INSERTED} characters"}
            )
        return text

    def _lines(self, part: Node, depth: int) -> Iterator[str]:
        line = " ".join(each for each in (label_of(part), self.plain(part.get("prose", ""))) if each)
        if line:
            yield INDENT * depth + line
        below = depth + 1 if part["name"] == "item" else depth
        for inner in part.get("parts", ()):
            yield from self._lines(inner, below)

    def _param(self, name: str) -> str:
        if name not in self._rendered:
            self._rendered[name] = f"[Assignment: {name}]"  # what it inserts may insert it again
            self._depth += 1
            if self._depth > DEEPEST:
                raise EndlessParameters(details={name: f"is inserted through {DEEPEST} others"})
            self._rendered[name] = self._said_by(self._params.get(name, {}), name)
            self._depth -= 1
        return self._rendered[name]

    def _said_by(self, param: Node, name: str) -> str:
        if "values" in param:
            return ", ".join(self.plain(value) for value in param["values"])
        if "choice" in param.get("select", {}):
            choices = "; ".join(self.plain(choice) for choice in param["select"]["choice"])
            return f"[Selection{_how_many(param['select'])}: {choices}]"
        label = self.plain(param.get("label", name))
        return f"[Assignment: {label}]" if name == label or OURS.search(label) else f"[Assignment: {_ours(label)}]"


def label_of(thing: Node) -> str:
    """How people name a control or an item: the label without a class where there are several."""
    labels = sorted(
        (prop.get("class", ""), prop["value"]) for prop in thing.get("props", ()) if prop["name"] == "label"
    )
    return labels[0][1] if labels else ""


def _ours(label: str) -> str:
    return f"organization-defined {label}"


def _how_many(select: Node) -> str:
    return {"one-or-more": " (one or more)", "one": " (one)"}.get(select.get("how-many", ""), "")


def _parts(control: Node, name: str) -> list[Node]:
    return [part for part in control.get("parts", ()) if part["name"] == name]
