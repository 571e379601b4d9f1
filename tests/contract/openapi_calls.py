"""Calls of every route of an app, made from its OpenAPI document: a route that is added is among them by itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

import httpx

from portico import registry
from portico.kernel.app import document
from tests.contract.shop import PASSWORD, unique
from tests.servers import settings_of

NOW = "2026-03-01T12:00:00Z"


class Subject(Protocol):
    """Whose rows calls name: each table has one of theirs, whose number and whose mark in every text are known."""

    @property
    def mark(self) -> str: ...

    def number_of(self, name: str) -> int:
        """The id that a route means by this name."""

    def uuid(self, name: str) -> UUID:
        """The same for what has a UUID."""


@dataclass(frozen=True)
class Api:
    """An app's document, and what it does not say."""

    app: str
    thing: re.Pattern[str]
    """What is called like this, and is a number, is the id of something."""
    said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What a body says beside what its schema asks for, since a rule asks for it."""
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of several things that a call may name, the one that it does."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Texts of a form of their own, by their formats or names."""

    @cached_property
    def document(self) -> dict[str, Any]:
        return document(registry.load(self.app), settings_of("postgresql://nowhere"))

    def operations(self) -> Iterator["Operation"]:
        for path, methods in self.document["paths"].items():
            for method, described in methods.items():
                yield Operation(self, method.upper(), path, described)

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while True:
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            elif "anyOf" in schema or "oneOf" in schema:
                schema = next(each for each in schema.get("anyOf") or schema["oneOf"] if each.get("type") != "null")
            else:
                return schema


@dataclass(frozen=True)
class Operation:
    """A route and one of its methods, as the document describes them."""

    api: Api
    method: str
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def body(self, kind: str = "application/json") -> dict[str, Any] | None:
        content = self.described.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get(kind, {}).get("schema")
        return found

    def parameters(self, place: str) -> list[dict[str, Any]]:
        return [each for each in self.described.get("parameters", []) if each["in"] == place]

    def call(self, client: httpx.Client, subject: Subject, *, full: bool = False) -> httpx.Response:
        """Call it about the subject's things. `full`: with everything that may be said; else with what must be."""
        make = Maker(self.api, subject, full=full)
        path = self.path
        for each in self.parameters("path"):
            path = path.replace(f"{{{each['name']}}}", str(make.value(each["name"], each["schema"])))
        query = {
            each["name"]: make.value(each["name"], each["schema"])
            for each in self.parameters("query")
            if each.get("required") or (full and self.api.thing.search(each["name"]))
        }
        headers = {each["name"]: unique("header") for each in self.parameters("header") if each.get("required")}
        if self.method == "GET":
            query |= {name: subject.number_of(name) for name in self.api.named.get(str(self), ())}
        return client.request(self.method, path, params=query, headers=headers, **self._sent(make))

    def _sent(self, make: "Maker") -> dict[str, Any]:
        """The body, for httpx."""
        schema = self.body()
        if schema is not None:
            body = make.value("", schema)
            if isinstance(body, dict):
                wanted = self.api.resolved(schema).get("properties", {})
                fuller = Maker(self.api, make.subject, full=True)
                named = {name: fuller.value(name, wanted[name]) for name in self.api.named.get(str(self), ())}
                body |= {**self.api.said.get(str(self), {}), **named}
            return {"json": body}
        form = self.body("multipart/form-data")
        return {} if form is None else make.form(form)


@dataclass(frozen=True)
class Maker:
    """Makes the smallest value, or the fullest one, that a schema takes."""

    api: Api
    subject: Subject
    full: bool

    def value(self, name: str, schema: dict[str, Any]) -> Any:
        schema = self.api.resolved(schema)
        if "enum" in schema or "const" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            least = max(schema.get("minItems", 0), 1 if self.full else 0)
            return [self.value(name, schema.get("items", {})) for _ in range(least)]
        if kind in ("integer", "number"):
            return self._number(name, schema, whole=kind == "integer")
        return self._text(name, schema) if kind == "string" else True

    def form(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Fields and files of a form, for httpx."""
        fields, files = {}, []
        schema = self.api.resolved(schema)
        for name, each in schema.get("properties", {}).items():
            one = self.api.resolved(each)
            one = self.api.resolved(one["items"]) if one.get("type") == "array" else one
            if one.get("format") == "binary" or "contentMediaType" in one:
                files.append((name, (f"{self.subject.mark}.txt", b"a paper", "text/plain")))
            elif self.full or name in schema.get("required", []):
                fields[name] = self.value(name, one)
        return {"data": fields, "files": files}

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        wanted = schema.get("properties", {})
        needed = schema.get("required", [])
        return {name: self.value(name, each) for name, each in wanted.items() if self.full or name in needed}

    def _number(self, name: str, schema: dict[str, Any], *, whole: bool) -> int | float:
        if whole and self.api.thing.search(name):
            return self.subject.number_of(name)
        least: float = max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1, 1)
        return int(least) if whole else least

    def _text(self, name: str, schema: dict[str, Any]) -> str:
        known = {
            "email": f"{unique('made')}@example.com", "password": PASSWORD, "uuid": str(self.subject.uuid(name)),
            "date-time": NOW, "date": NOW[:10], "time": NOW[11:19], **self.api.texts,
        }  # fmt: skip
        found = known.get(schema.get("format", "")) or known.get(name)
        if found:
            return found
        return f"{self.subject.mark}-{name}" if self.full else unique(name or "text")
