"""Every error that can leave a route, turned into a `Problem` and rendered once, by the app's own renderer."""

from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.routing import Match

from portico.kernel.errors import (
    KINDS,
    REQUEST_ID_KEY,
    Conflict,
    InvalidInput,
    MethodNotAllowed,
    MissingFields,
    NotFound,
    Problem,
    Renderer,
    Unavailable,
    rendered,
)

log = structlog.get_logger("portico.error")

# SQLSTATE classes, PostgreSQL's appendix A: connection lost, resources, intervention, cancelled, deadlock, lock wait.
TRANSIENT = ("08", "53", "57", "40", "55")
IDLE_TOO_LONG = ("25P03", "25P04")
INTEGRITY = "23"
BAD_DATA = "22"


class ErrorAnswers:
    """Turns an error into the answer of one app."""

    def __init__(self, render: Renderer) -> None:
        self._render = render

    def __call__(self, request: Request, error: Exception) -> Response:
        """A mistake of ours is answered here too, so that CORS has its say: else a page could not even read the id."""
        return self.of(self.problem(request, error), request)

    def problem(self, request: HTTPConnection, error: Exception) -> Problem:
        """What the caller is told of an error. What only the operator may read is logged."""
        problem = problem_of(request, error)
        if type(problem) is Problem:
            log.error("unhandled error", exc_info=error, path=request.url.path, **_named(request))
            return Problem()
        cause = problem.__cause__ if problem is error else error
        if problem.log or isinstance(cause, psycopg.Error | DBAPIError | TimeoutError):
            log.warning(problem.code, why=problem.log, cause=_in_one_line(cause), **_named(request))
        return problem

    def of(self, problem: Problem, request: Request) -> Response:
        form = rendered(problem, request.scope, self._render)
        return Response(form.body, form.status, dict(form.headers), form.media_type)


def add_error_handlers(app: FastAPI, answers: ErrorAnswers) -> None:
    """Answer what is raised where no `Route` of ours is at work: unknown paths, wrong methods, pages of documents."""

    async def answer(request: Request, error: Exception) -> Response:
        return answers(request, error)

    async def answer_mistake(request: Request, error: Exception) -> Response:
        return answers.of(Problem(), request)

    app.add_exception_handler(HTTPException, answer)
    app.add_exception_handler(Exception, answer_mistake)


def problem_of(request: HTTPConnection, error: Exception) -> Problem:
    """The problem that an error means to the caller. A plain `Problem` means: a mistake of ours."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return problem_of_validation(error)
        case HTTPException():
            return problem_of_http(request, error)
        case _:
            return problem_of_database(error)


def problem_of_validation(error: RequestValidationError) -> Problem:
    """What FastAPI found wrong with a request. An id in the path that cannot exist names nothing: 404."""
    found = error.errors()
    for one in found:
        if one["type"] == "json_invalid":
            return InvalidInput("Malformed JSON", details={"body": str(one["ctx"]["error"])})
    if all(one["loc"][0] == "path" for one in found):
        return NotFound(details={"id": str(found[-1]["input"])})
    details = {_place(one["loc"]): _sentence(one) for one in found}
    if all(one["type"] == "missing" and one["loc"][0] == "body" and len(one["loc"]) > 1 for one in found):
        return MissingFields(details=details)
    return InvalidInput(details=details)


def problem_of_http(request: HTTPConnection, error: HTTPException) -> Problem:
    """An error that Starlette or FastAPI made itself: unknown path, wrong method, body too large."""
    if error.status_code == MethodNotAllowed.status:
        return MethodNotAllowed(headers={"Allow": ", ".join(sorted(_methods_at(request)))})
    kind = KINDS.get(error.status_code, InvalidInput if error.status_code < 500 else Problem)
    return kind(headers=dict(error.headers or {}))


def problem_of_database(error: Exception) -> Problem:
    """An error of the driver that no rule has caught."""
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None) or ""
    if (
        state[:2] in TRANSIENT
        or state in IDLE_TOO_LONG
        or (not state and isinstance(original, psycopg.OperationalError | psycopg.InterfaceError))
    ):
        return Unavailable()
    if state.startswith(INTEGRITY):
        return Conflict()
    if state.startswith(BAD_DATA):
        return InvalidInput()
    return Problem()


def _named(request: HTTPConnection) -> dict[str, Any]:
    """What finds the request in the log."""
    route = getattr(request.scope.get("route"), "path", None)
    return {
        "app": getattr(request.app.state, "name", "portico"),
        "route": route,
        "request_id": request.scope[REQUEST_ID_KEY],
    }


def _in_one_line(error: Any) -> str:
    """What the operator may read: of a database's words the first line, since those below quote rows."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(original).__name__}: {str(original).partition(chr(10))[0]}"


def _place(location: tuple[Any, ...]) -> str:
    inner = location[1:] if location[0] in ("body", "query", "header", "cookie") else location
    return ".".join(str(part) for part in inner) or str(location[0])


def _sentence(found: dict[str, Any]) -> str:
    if found["type"] == "extra_forbidden":
        return "Unknown field"
    text: str = found["msg"]
    return text.removeprefix("Value error, ")


def _methods_at(request: HTTPConnection) -> set[str]:
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return methods
