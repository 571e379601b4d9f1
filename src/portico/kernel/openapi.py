"""The OpenAPI document: what FastAPI generates and, by rule, the errors that it cannot know.

FastAPI documents the answer of success and a 422 of its own. Here each operation gets the errors that can occur on it,
in the form in which the app renders them. What a route declares itself stays as it is.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, get_args

import orjson
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from portico.kernel import idempotency
from portico.kernel.errors import (
    KINDS,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    Problem,
    RateLimited,
    Renderer,
    RequestTimeout,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from portico.kernel.unit_of_work import Writing
from portico.kernel.uploads import Uploading

Kinds = Sequence[type[Problem]]
Requirements = list[dict[str, list[str]]]

OPTIONAL = "Optional"
"""Goes before the name of a security scheme that a route takes and does not ask for."""

WRITING = get_args(Writing)[1].dependency
SCHEMA = "#/components/schemas/{model}"
RESPONSE = "#/components/responses/{name}"
SAMPLE_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OF_FASTAPI = ("HTTPValidationError", "ValidationError")
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the answer that the client has: 304 where it is still the newest.",
}


class FieldError(BaseModel):
    field: str
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457, as `problem_json` renders it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    trace_id: str
    errors: list[FieldError] = []
    details: dict[str, Any] = {}


@dataclass(frozen=True)
class Operation:
    """One method of one path: the route that answers it, and its entry in the document, which is changed here."""

    route: APIRoute
    method: str
    entry: dict[str, Any]
    choosing_headers: Sequence[str] = ()

    @property
    def has_input(self) -> bool:
        return self.has_body or bool(self.entry.get("parameters"))

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.entry

    @property
    def minds_media_type(self) -> bool:
        """Some routes read a body as whatever it is."""
        calls = (dependant.call for dependant in _dependants(self.route.dependant))
        return self.route.body_field is not None or any(isinstance(call, Uploading) for call in calls)

    @property
    def names_an_object(self) -> bool:
        """In its path, or in a header by which callers choose what the whole request is about."""
        return bool(self.route.param_convertors) or any(map(self.takes_header, self.choosing_headers))

    @property
    def is_guarded(self) -> bool:
        return bool(self.entry.get("security"))

    @property
    def writes(self) -> bool:
        return any(dependant.call is WRITING for dependant in _dependants(self.route.dependant))

    def takes_header(self, name: str) -> bool:
        headers = (one["name"].lower() for one in self.entry.get("parameters", ()) if one["in"] == "header")
        return name.lower() in headers


# Which errors can occur where. The last line's come from what stands before and around every route.
RULES: Sequence[tuple[Callable[[Operation], bool], Kinds]] = (
    (lambda one: one.has_input, (InvalidInput,)),
    (lambda one: one.has_body, (RequestTimeout, PayloadTooLarge)),
    (lambda one: one.minds_media_type, (UnsupportedMediaType,)),
    (lambda one: one.names_an_object, (NotFound,)),
    (lambda one: one.is_guarded, (Unauthorized, Forbidden)),
    (lambda one: one.writes, (Conflict,)),
    (lambda one: one.takes_header("If-Match"), (PreconditionFailed,)),
    (lambda one: one.takes_header(idempotency.HEADER), (Conflict, idempotency.KeyReused)),
    (lambda one: True, (RateLimited, Problem, Unavailable)),
)


def document_of(
    app: FastAPI, *, render: Renderer, error: type[BaseModel], schemes: Collection[str] | None = None
) -> dict[str, Any]:
    """The document of an app whose errors `render` renders and `error` describes. It takes seconds for many routes.

    `schemes` are those by which one can sign in to this app, where its routes know more; None: all of them.
    """
    found = deepcopy(app.openapi())
    components = found.setdefault("components", {})
    errors = Errors(render, error)
    for operation in _operations(app, found["paths"]):
        _drop_what_fastapi_says_of_errors(operation)
        _settle_security(operation, schemes)
        _add_conditions(operation)
        errors.add_to(operation)
    schemas = {name: one for name, one in components.get("schemas", {}).items() if name not in OF_FASTAPI}
    named = {name.removeprefix(OPTIONAL): one for name, one in components.get("securitySchemes", {}).items()}
    components |= {
        "schemas": schemas | errors.schemas(),
        "responses": errors.responses,
        "securitySchemes": {name: one for name, one in named.items() if schemes is None or name in schemes},
    }
    return found


class Errors:
    """The errors of one app. `responses` holds those that were documented, under their names: most are everywhere."""

    def __init__(self, render: Renderer, error: type[BaseModel]) -> None:
        self._render = render
        self._error = error
        self.responses: dict[str, Any] = {}

    def schemas(self) -> dict[str, Any]:
        _, described = models_json_schema([(self._error, "serialization")], ref_template=SCHEMA)
        found: dict[str, Any] = described["$defs"]
        return found

    def add_to(self, operation: Operation) -> None:
        """Add the errors that can occur, and the content of those that the route declares by status alone."""
        declared = operation.entry["responses"]
        occurring = {kind for occurs, kinds in RULES if occurs(operation) for kind in kinds}
        for status, kinds in self._by_status(occurring | set(KINDS.values())).items():
            those = [kind for kind in kinds if kind in occurring] or kinds
            if status in declared:
                declared[status] = {**self._response(those), **declared[status]}
            elif occurring & set(kinds):
                declared[status] = {"$ref": RESPONSE.format(name=self._named(those))}
        operation.entry["responses"] = dict(sorted(declared.items()))

    def _by_status(self, kinds: Iterable[type[Problem]]) -> Mapping[str, Kinds]:
        found: dict[str, list[type[Problem]]] = {}
        for kind in sorted(kinds, key=lambda one: one.__name__):
            found.setdefault(str(self._render(kind(), SAMPLE_TRACE).status), []).append(kind)
        return found

    def _named(self, kinds: Kinds) -> str:
        name = "Or".join(kind.__name__ for kind in kinds)
        self.responses.setdefault(name, self._response(kinds))
        return name

    def _response(self, kinds: Kinds) -> dict[str, Any]:
        rendered = {kind: self._render(kind(), SAMPLE_TRACE) for kind in kinds}
        headers = {name: {"schema": {"type": "string"}} for kind in kinds for name in kind().headers}
        content = {
            "schema": {"$ref": SCHEMA.format(model=self._error.__name__)},
            "examples": {kind.code: {"value": orjson.loads(one.body)} for kind, one in rendered.items()},
        }
        return {
            "description": " Or: ".join(kind.message for kind in kinds),
            "content": {one.media_type: content for one in rendered.values()},
            **({"headers": headers} if headers else {}),
        }


def _operations(app: FastAPI, paths: Mapping[str, Any]) -> Iterator[Operation]:
    choosing = getattr(app.state, "choosing_headers", ())
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield Operation(route, method, paths[route.path_format][method.lower()], choosing)


def _drop_what_fastapi_says_of_errors(operation: Operation) -> None:
    responses = operation.entry["responses"]
    generated = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if generated.get("$ref") == SCHEMA.format(model=OF_FASTAPI[0]):
        del responses["422"]


def _settle_security(operation: Operation, schemes: Collection[str] | None) -> None:
    """In OpenAPI, an empty requirement beside others means that they may be left out: unless one is needed anyway."""
    names = dict.fromkeys(name for one in operation.entry.get("security", []) for name in one)
    needed: Requirements = [{name: []} for name in names if not name.startswith(OPTIONAL)]
    optional = [name.removeprefix(OPTIONAL) for name in names if name.startswith(OPTIONAL)]
    if needed:
        operation.entry["security"] = needed
    elif optional:
        known: Requirements = [{name: []} for name in optional if schemes is None or name in schemes]
        operation.entry["security"] = [{}, *known]


def _add_conditions(operation: Operation) -> None:
    """Every GET answers `If-None-Match`: see `portico.kernel.etags`."""
    if operation.method == "GET":
        operation.entry.setdefault("parameters", []).append(IF_NONE_MATCH)
        operation.entry["responses"].setdefault("304", {"description": "The client has the newest answer already."})


def _dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _dependants(inner)
