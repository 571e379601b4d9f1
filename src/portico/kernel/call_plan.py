"""A route's call, planned once.

FastAPI turns a handler's signature into a tree of dependencies. At run time it walks that tree anew for each request,
through layers for features that these routes do without, and spends more on it than the query takes. Here the tree is
laid out when the route is declared, as a list of calls in the order in which FastAPI makes them. Each value is still
read and checked by FastAPI's own functions, so a request gets the same answer and the same error.
"""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi._compat import ModelField, field_annotation_is_scalar, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import _get_param_aliases, request_body_to_args, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute, serialize_response
from pydantic_core import PydanticUndefined

# What a plan does not know. A dependency that yields would end after the answer is sent; see docs/decisions.
UNPLANNED = (
    "cookie_params", "websocket_param_name", "background_tasks_param_name", "security_scopes_param_name", "concurrency",
)  # fmt: skip

Errors = list[Any]


@dataclass(frozen=True)
class Step:
    """One call, and where each of its arguments comes from."""

    call: Callable[..., Any]
    takes: Dependant
    parameters: tuple["Parameters", ...]
    needs: tuple[tuple[str | None, Callable[..., Any]], ...]
    """The names of arguments that are other steps' results; no name: the step only has to come first."""

    async def make(self, values: dict[str, Any]) -> Any:
        result = self.call(**values)
        return result if isinstance(self.call, type) else await result

    def read(self, request: Request, response: Response, values: dict[str, Any]) -> Errors:
        """Add to `values` what stands in the request. Answers what is wrong with it, as FastAPI words it."""
        errors: Errors = []
        takes = self.takes
        for parameters in self.parameters:
            errors += parameters.read(getattr(request, parameters.place), values)
        for name, value in (
            (takes.http_connection_param_name, request),
            (takes.request_param_name, request),
            (takes.response_param_name, response),
        ):
            if name:
                values[name] = value
        return errors


class Parameters:
    """The parameters of one step that stand in one place of the request: its path, its query or its headers."""

    def __init__(self, place: str, fields: Sequence[ModelField]) -> None:
        self.place = place
        self._fields = fields
        self._scalars = [_Scalar.of(field) for field in fields]

    def read(self, source: Mapping[str, Any], values: dict[str, Any]) -> Errors:
        """Add the values. FastAPI does what is not plain: lists, models, and the wording of errors."""
        found: dict[str, Any] = {}
        for scalar in self._scalars:
            if scalar is None or not scalar.read(source, found):
                found, errors = request_params_to_args(self._fields, source)
                values.update(found)
                return errors
        values.update(found)
        return []


@dataclass(frozen=True)
class _Scalar:
    """A parameter with one name, one value, and a default that may be shared between requests."""

    name: str
    alias: str
    field: ModelField
    is_required: bool
    default: Any

    @classmethod
    def of(cls, field: ModelField) -> "_Scalar | None":
        aliases = _get_param_aliases(field)
        default = None if field.field_info.is_required() else field.get_default()
        annotation = field.field_info.annotation
        is_plain = len(aliases) == 1 and isinstance(default, str | int | float | None)
        if not is_plain or field_annotation_is_sequence(annotation) or not field_annotation_is_scalar(annotation):
            return None
        return cls(field.name, aliases[0][1], field, field.field_info.is_required(), default)

    def read(self, source: Mapping[str, Any], values: dict[str, Any]) -> bool:
        """Whether the value is there and right, or absent and has a default."""
        raw = source.get(self.alias)
        if raw is None:
            values[self.name] = self.default
            return not self.is_required
        values[self.name], errors = self.field.validate(raw)
        return not errors


class CallPlan:
    """The calls of one route. Raises `TypeError` for a route that needs what a plan does not know."""

    def __init__(self, route: APIRoute) -> None:
        self._steps = list(_laid_out(route.dependant))
        self._body_fields = route.dependant.body_params
        self._embeds_body = route._embed_body_fields
        self._field = route.response_field
        self._status = route.status_code or 200
        self._options: dict[str, Any] = {
            "include": route.response_model_include,
            "exclude": route.response_model_exclude,
            "by_alias": route.response_model_by_alias,
            "exclude_unset": route.response_model_exclude_unset,
            "exclude_defaults": route.response_model_exclude_defaults,
            "exclude_none": route.response_model_exclude_none,
        }
        for step in self._steps:
            _require_plannable(step, is_handler=step is self._steps[-1])

    @property
    def calls(self) -> list[Callable[..., Any]]:
        """What is called, the handler last."""
        return [step.call for step in self._steps]

    def needed_after(self, call: Callable[..., Any]) -> set[Callable[..., Any]]:
        """What the calls that come after this one take the results of."""
        calls = self.calls
        later = self._steps[calls.index(call) + 1 :] if call in calls else ()
        return {need for step in later for _, need in step.needs}

    async def run(self, request: Request) -> Response:
        """Make the calls, and the answer from what the last one returns.

        Raises `RequestValidationError` for everything that is wrong with the request, at once.
        """
        body = await self._read_body(request) if self._body_fields else PydanticUndefined
        given = _Given()
        results: dict[Callable[..., Any], Any] = {}
        errors: Errors = []
        handler = self._steps[-1]
        for step in self._steps:
            values = {name: results.get(call) for name, call in step.needs if name}
            wrong = step.read(request, given, values)
            if step is handler and self._body_fields:
                found, more = await request_body_to_args(self._body_fields, body, self._embeds_body)
                values.update(found)
                wrong += more
            errors += wrong
            if errors and (wrong or step is handler or any(call not in results for _, call in step.needs)):
                continue
            results[step.call] = await step.make(values)
        if errors:
            raise RequestValidationError(errors, body=None if body is PydanticUndefined else body)
        return await self._answer(results[handler.call], given)

    async def _read_body(self, request: Request) -> Any:
        raw = await request.body()
        if not raw:
            return PydanticUndefined
        try:
            return await request.json()
        except json.JSONDecodeError as error:
            where = {"type": "json_invalid", "loc": ("body", error.pos), "input": {}, "ctx": {"error": error.msg}}
            raise RequestValidationError([{**where, "msg": "JSON decode error"}]) from error

    async def _answer(self, result: Any, given: "_Given") -> Response:
        if isinstance(result, Response):
            return result
        status = given.status_code or self._status
        if self._field is None:
            answer = Response(status_code=status)
        else:
            content = await serialize_response(
                field=self._field, response_content=result, dump_json=True, **self._options
            )
            answer = Response(content, status, media_type="application/json")
        answer.raw_headers.extend(given.raw_headers)
        return answer


class _Given(Response):
    """What a handler that asks for `response: Response` gets: it sets headers and a status there."""

    def __init__(self) -> None:
        self.raw_headers = []
        self.status_code = 0


def _laid_out(dependant: Dependant) -> Iterator[Step]:
    """The tree's calls, each once, what is needed before what needs it."""
    seen: set[Callable[..., Any]] = set()

    def walk(tree: Dependant) -> Iterator[Step]:
        for inner in tree.dependencies:
            if inner.call not in seen:
                yield from walk(inner)
        if tree.call is None:
            raise TypeError(f"{tree.path} has a dependency that cannot be called.")
        seen.add(tree.call)
        places = (
            ("path_params", tree.path_params), ("query_params", tree.query_params), ("headers", tree.header_params),
        )  # fmt: skip
        parameters = tuple(Parameters(place, fields) for place, fields in places if fields)
        needs = tuple((inner.name, inner.call) for inner in tree.dependencies if inner.call)
        yield Step(tree.call, tree, parameters, needs)

    yield from walk(dependant)


def _require_plannable(step: Step, *, is_handler: bool) -> None:
    name = getattr(step.call, "__qualname__", repr(step.call))
    function = step.call if inspect.isroutine(step.call) else type(step.call).__call__
    if not isinstance(step.call, type) and not inspect.iscoroutinefunction(function):
        raise TypeError(f"{name} must be a class or `async def` without `yield`: FastAPI would use a thread.")
    unknown = [what for what in UNPLANNED if getattr(step.takes, what)]
    if unknown or not step.takes.use_cache:
        raise TypeError(f"{name} asks for {unknown or 'use_cache=False'}, which a call plan does not know.")
    body = step.takes.body_params
    if body and (not is_handler or any(isinstance(field.field_info, Form) for field in body)):
        raise TypeError(f"{name} takes a form or a body that is not the handler's, which a call plan does not know.")
