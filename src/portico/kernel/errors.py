"""Errors as kinds: raised beside their rule, rendered once, at the edge of the app.

A kind is a subclass of `Problem` with a status and a code. The message is for the client; `log` says what only
the operator may read. Each app brings its own renderer; `problem_json` (RFC 9457) is the default.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import orjson
from starlette.types import Scope

from portico.kernel.tracing import trace_id_of

T = TypeVar("T")
Details = Mapping[str, Any]
PROBLEM_JSON = "application/problem+json"
REQUEST_ID_KEY = "portico.request_id"
PAGE_RENDERER_KEY = "portico.page_renderer"
"""Where a request stands that is told of errors by a page: see `portico.kernel.pages`."""


class Problem(Exception):
    """An error with a status. Subclasses name the kind; instances carry what happened.

    `commits` keeps what the request wrote although the answer is an error: a replayed refresh token must end its
    family, and a failed log-in must count.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "SERVER_ERROR"
    message: ClassVar[str] = "Something went wrong on our side."
    commits: ClassVar[bool] = False

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Details | None = None,
        headers: Mapping[str, str] | None = None,
        log: str | None = None,
    ) -> None:
        self.text = message or self.message
        self.details = dict(details or {})
        self.headers = dict(headers or {})
        self.log = log
        super().__init__(self.text)


class InvalidInput(Problem):
    """The request is understood and refused. `details` maps each field to what is wrong with it.

    An app whose contract says 400 for invalid input says so in its renderer.
    """

    status = 422
    code = "VALIDATION_ERROR"
    message = "Invalid input"


class MissingFields(InvalidInput):
    """Required fields of the body are absent. `details` names each."""

    message = "Missing fields"


class Unauthorized(Problem):
    status = 401
    code = "UNAUTHORIZED"
    message = "Authentication credentials were not provided or are not valid."

    def __init__(self, message: str | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.headers.setdefault("WWW-Authenticate", "Bearer")


class Forbidden(Problem):
    status = 403
    code = "FORBIDDEN"
    message = "You may not do this."


class NotFound(Problem):
    status = 404
    code = "NOT_FOUND"
    message = "Not found"


def existing(value: T | None, otherwise: NotFound) -> T:
    """What a read has found. Raises the error that is given where that is nothing."""
    if value is None:
        raise otherwise
    return value


class MethodNotAllowed(Problem):
    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = "Method not allowed"


class RequestTimeout(Problem):
    status = 408
    code = "REQUEST_TIMEOUT"
    message = "The request did not arrive in time."


class Conflict(Problem):
    status = 409
    code = "CONFLICT"
    message = "This conflicts with what is stored."


class PreconditionFailed(Problem):
    status = 412
    code = "PRECONDITION_FAILED"
    message = "The object has changed since you read it."


class PayloadTooLarge(Problem):
    status = 413
    code = "PAYLOAD_TOO_LARGE"
    message = "The request body is too large."


class UnsupportedMediaType(Problem):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "Send the body as application/json."


class RateLimited(Problem):
    status = 429
    code = "RATE_LIMITED"
    message = "Too many requests. Try again later."


class Unavailable(Problem):
    """The service cannot answer now and nothing was lost: the same request may be sent again."""

    status = 503
    code = "UNAVAILABLE"
    message = "The service is busy or restarting. Try again in a moment."

    def __init__(self, message: str | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.headers.setdefault("Retry-After", "1")


KINDS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        Problem, InvalidInput, Unauthorized, Forbidden, NotFound, MethodNotAllowed, RequestTimeout, Conflict,
        PreconditionFailed, PayloadTooLarge, UnsupportedMediaType, RateLimited, Unavailable,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Rendered:
    """An error as it goes over the wire."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


Renderer = Callable[[Problem, str], Rendered]
"""From a problem and the request's trace id to the answer."""


def rendered(problem: Problem, scope: Scope, render: Renderer) -> Rendered:
    """The problem in the app's own form, or in that of RFC 9457 where the caller asks for it."""
    trace_id = trace_id_of(scope) or scope[REQUEST_ID_KEY]
    own: Rendered = scope.get(PAGE_RENDERER_KEY, render)(problem, trace_id)
    if not any(name == b"accept" and PROBLEM_JSON.encode() in value for name, value in scope["headers"]):
        return own
    # The form is the caller's choice; status and headers are what the app's contract says.
    return replace(problem_json(problem, trace_id, status=own.status), headers=own.headers)


def problem_json(problem: Problem, trace_id: str, *, status: int | None = None) -> Rendered:
    """RFC 9457. `detail` is one sentence, so that clients written for FastAPI read it as usual."""
    status = status or problem.status
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": problem.text,
        "code": problem.code,
        "trace_id": trace_id,
    }
    if isinstance(problem, InvalidInput):
        body["errors"] = [{"field": name, "message": what} for name, what in problem.details.items()]
    elif problem.details:
        body["details"] = problem.details
    return Rendered(status, orjson.dumps(body, default=str), PROBLEM_JSON, problem.headers)
