"""Leads what schemathesis makes up to where there is something to find."""

from typing import Any

HEADERS = ("If-Match", "Idempotency-Key")


def lead(case: Any, *headers: str) -> Any:
    """Lead most requests to rows that are there, and past the headers that would stop them: those, and `headers`."""
    if case.meta.generation.mode.is_positive:
        for name, value in (case.path_parameters or {}).items():
            if isinstance(value, int) and value % 5:
                case.path_parameters[name] = value % 4
        for name in (*HEADERS, *headers):
            if case.headers is not None and len(str(case.body)) % 4:
                case.headers.pop(name, None)
    return case
