"""The store's error envelope: `{"error": {"code", "message", "details"}}`, for every error there is."""

from typing import Any

import orjson
from pydantic import BaseModel

from portico.kernel.errors import InvalidInput, MissingFields, Problem, Rendered


class Mistake(BaseModel):
    code: str
    message: str
    details: dict[str, Any]


class Envelope(BaseModel):
    """What `envelope` renders, for the OpenAPI document."""

    error: Mistake


def envelope(problem: Problem, trace_id: str) -> Rendered:
    """Render a problem as the store's contract has it. Invalid input is 400 here."""
    status = 400 if isinstance(problem, InvalidInput) else problem.status
    details = {"missing": list(problem.details)} if isinstance(problem, MissingFields) else problem.details
    body = {"error": {"code": problem.code, "message": problem.text, "details": details}}
    headers = {**problem.headers, "Vary": "Accept"}
    return Rendered(status, orjson.dumps(body, default=str), "application/json", headers)
