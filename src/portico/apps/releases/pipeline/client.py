"""The API as a pipeline sees it, through a server that may restart and a network that may fail."""

import time
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

PATIENCE = 300.0  # seconds: a server that restarts, or a release of the server itself
PAUSE = (0.5, 10.0)  # seconds between two tries: the first, and the longest
BUSY = frozenset((408, 425, 429, 502, 503, 504))


class Refused(Exception):
    """The server has understood and says no. `problem` is its answer, as RFC 9457 has it."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        super().__init__(str(problem.get("detail") or f"The server answers {status}."))


class Unreachable(Exception):
    """The server has not answered for as long as one could wait."""


class Portico:
    """Every request is sent again until there is an answer: those that change something carry an Idempotency-Key."""

    def __init__(self, url: str, key: str, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1", headers={"X-API-Key": key}, timeout=httpx.Timeout(30, connect=10)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        """Raises `Refused`, `Unreachable`."""
        return self._ask("GET", path, params={name: value for name, value in params.items() if value is not None})

    def post(self, path: str, body: Any = None, *, patience: float | None = None) -> Any:
        """Raises `Refused`, `Unreachable`."""
        return self._ask("POST", path, patience=patience, json=body, headers={"Idempotency-Key": str(uuid4())})

    def patch(self, path: str, body: Any, *, patience: float | None = None) -> Any:
        """Raises `Refused`, `Unreachable`."""
        return self._ask("PATCH", path, patience=patience, json=body)

    def _ask(self, method: str, path: str, *, patience: float | None = None, **options: Any) -> Any:
        deadline = time.monotonic() + (self._patience if patience is None else patience)
        pause, longest = PAUSE
        while True:
            answer, trouble = self._once(method, path, **options)
            if answer is not None:
                return answer.json() if answer.content else None
            if time.monotonic() + pause > deadline:
                raise Unreachable(f"No answer from {self._http.base_url}: {trouble}.")
            time.sleep(pause)
            pause = min(pause * 2, longest)

    def _once(self, method: str, path: str, **options: Any) -> tuple[httpx.Response | None, str]:
        """The answer; or none, and why one may ask again."""
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            return None, str(error) or type(error).__name__
        if answer.status_code in BUSY:
            return None, f"status {answer.status_code}"
        if answer.is_success:
            return answer, ""
        raise Refused(answer.status_code, _problem(answer))


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
