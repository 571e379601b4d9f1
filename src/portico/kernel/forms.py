"""Forms that pages send: read strictly, and refused unless they come from a page of ours that was shown to the sender.

Two checks, each enough alone: the browser says which origin a form comes from, and the form carries a token that only
our page could know, since it is made from a cookie of this browser's.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from portico.kernel import page_cookies
from portico.kernel.errors import Forbidden, InvalidInput, PayloadTooLarge, UnsupportedMediaType
from portico.kernel.page_cookies import SESSION, VISIT
from portico.kernel.paging import BIGGEST_ID

LARGEST = 64 * 1024  # bytes
MOST_FIELDS = 500
FIELD = "csrf"
HEADER = "X-CSRF-Token"
FORM = "application/x-www-form-urlencoded"
_NEW_VISIT = "portico.new_visit"

M = TypeVar("M", bound=BaseModel)


class FormRefused(Forbidden):
    message = "This form was not sent from the page that it belongs to, or the page is too old."


def token(request: Request) -> str:
    """What a form of this answer carries. Each one is new, so that compressed answers give nothing away (BREACH)."""
    cookie = _cookie(request)
    if cookie is None:
        cookie = request.scope[_NEW_VISIT] = secrets.token_urlsafe(16)
    nonce = secrets.token_hex(8)
    return f"{nonce}.{_signature(request, nonce, cookie)}"


def begin_visit(request: Request, answer: Response) -> None:
    """Give a new visitor the cookie that a token of this answer was made from, if one was."""
    if _NEW_VISIT in request.scope:
        page_cookies.put(request, answer, VISIT, request.scope[_NEW_VISIT])


def checked(model: type[M], values: Mapping[str, Any]) -> tuple[M | None, dict[str, str]]:
    """What was typed as a model, or None and what is wrong with each field: for the form that is shown again."""
    try:
        return model.model_validate(values), {}
    except ValidationError as error:
        return None, {_field(one["loc"]): one["msg"].removeprefix("Value error, ") for one in error.errors()}


def _field(place: tuple[int | str, ...]) -> str:
    """What is wrong with several fields together stands at none of them."""
    return str(place[0]) if place else "form"


def typed(model: type[M], values: Mapping[str, Any]) -> M:
    """What a short form holds, as the body that the route of the same name takes. Raises `InvalidInput`."""
    body, errors = checked(model, values)
    if body is None:
        raise InvalidInput(details=errors)
    return body


def blank(value: Any) -> Any:
    """A form sends what was left empty, too."""
    return None if value == "" else value


Blank = BeforeValidator(blank)
Done = Annotated[str, Query(max_length=40)]
"""What a page says at its top after a form was taken."""
Chosen = Annotated[Annotated[int, Field(ge=0, le=BIGGEST_ID)] | None, Blank, Query()]
"""One of a list that a form offers, or none of them."""


async def _form(request: Request) -> Mapping[str, str]:
    require_this_origin(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise UnsupportedMediaType(f"Send the form as {FORM}.")
    body = await request.body()
    if len(body) > LARGEST:
        raise PayloadTooLarge
    fields = _fields(body)
    require_token(request, fields.pop(FIELD, ""))
    return fields


Form = Annotated[Mapping[str, str], Depends(_form)]
"""The fields of a form that was sent from a page of this app. Raises `FormRefused`, `InvalidInput`."""


async def _script(request: Request) -> None:
    require_this_origin(request)
    require_token(request, request.headers.get(HEADER, ""))


FromScript = Depends(_script)
"""Goes into the `dependencies` of a route that a page's script calls with JSON: its token stands in a header."""


async def _this_origin(request: Request) -> None:
    require_this_origin(request)


FromThisOrigin = Depends(_this_origin)
"""For a form that brings files: checked before they come. Its token is a field, for `require_token` when they are
there."""


def require_this_origin(request: Request) -> None:
    """Raise `FormRefused` for what a browser was made to send by another site, or what says no origin at all."""
    if not _is_of_this_origin(request):
        raise FormRefused(log=f"A form came from {request.headers.get('origin', 'no origin')!r:.100}.")


def require_token(request: Request, text: str) -> None:
    """Raise `FormRefused` unless this is the token of a page that this browser was shown."""
    nonce, _, signature = text.partition(".")
    cookie = _cookie(request)
    # Compared as bytes: a text that is not ASCII would be a TypeError.
    if cookie is None or not hmac.compare_digest(signature.encode(), _signature(request, nonce, cookie).encode()):
        raise FormRefused(log="A form came without the token of its page.")


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise InvalidInput("This is not a form.") from None
    if any("\x00" in text for pair in pairs for text in pair):
        raise InvalidInput("NUL characters are not accepted.")
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def _is_of_this_origin(request: Request) -> bool:
    """Every browser of today says one of the two with a form; who says neither is refused."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    state = request.app.state
    host = request.headers.get("host", "").lower()
    own = {f"https://{host}"}  # the proxy may speak plain HTTP with us, so what this request came by says nothing
    if state.public_url:
        own.add(state.public_url.lower())
    if not state.settings.is_protected:
        own.add(f"http://{host}")
    return origin.lower() in own


def _cookie(request: Request) -> str | None:
    """What the sender's forms are tied to: the session, else the visit."""
    new: str | None = request.scope.get(_NEW_VISIT)
    return page_cookies.read(request, SESSION) or page_cookies.read(request, VISIT) or new


def _signature(request: Request, nonce: str, cookie: str) -> str:
    key: bytes = request.app.state.form_key
    return hmac.digest(key, f"{nonce}.{cookie}".encode("utf-8", "surrogateescape"), "sha256").hex()
