"""The cookies of pages: one app's each, out of reach of scripts, and never sent along by other sites' forms."""

from fastapi import Request, Response

SESSION = "session"
"""Who is signed in: a text that identity makes and reads."""
VISIT = "visit"
"""A random text for visitors who are not signed in, which their forms are tied to."""


def read(request: Request, what: str) -> str | None:
    return request.cookies.get(_name(request, what))


def put(request: Request, answer: Response, what: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie that lives for so long, or until the browser is closed."""
    answer.set_cookie(
        _name(request, what), value, max_age=seconds, path=_path(request), secure=_is_secure(request), httponly=True,
        samesite="lax",
    )  # fmt: skip


def drop(request: Request, answer: Response, what: str) -> None:
    answer.delete_cookie(
        _name(request, what), path=_path(request), secure=_is_secure(request), httponly=True, samesite="lax"
    )


def _name(request: Request, what: str) -> str:
    """A browser takes a name with this prefix from https alone, so that no other server of the network can set it."""
    return f"{'__Secure-' if _is_secure(request) else ''}{request.app.state.name}_{what}"


def _path(request: Request) -> str:
    return request.scope.get("root_path") or "/"


def _is_secure(request: Request) -> bool:
    """Development and tests are served without TLS."""
    protected: bool = request.app.state.settings.is_protected
    return protected
