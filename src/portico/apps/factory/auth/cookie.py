"""The cookie that holds a refresh token, where no script of a page can read it."""

from fastapi import Request, Response

from portico.kernel.forms import require_this_origin

NAME = "__Secure-factory_refresh"
PATH = "/api/v1/auth"


def put(request: Request, answer: Response, token: str) -> None:
    lifetime = request.app.state.identity.tokens.refresh_lifetime
    answer.set_cookie(
        NAME, token, max_age=int(lifetime.total_seconds()), path=_path(request), secure=True, httponly=True,
        samesite="strict",
    )  # fmt: skip


def drop(request: Request, answer: Response) -> None:
    answer.delete_cookie(NAME, path=_path(request), secure=True, httponly=True, samesite="strict")


def read(request: Request) -> str | None:
    """The token. Raises `FormRefused` where another site made the browser send it."""
    token = request.cookies.get(NAME)
    if token is not None:
        require_this_origin(request)
    return token


def _path(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}{PATH}"
