"""The store's error envelope: `{"error": {"code", "message", "details"}}`, for every error there is."""

import orjson

from portico.kernel.errors import InvalidInput, MissingFields, Problem, Rendered


def envelope(problem: Problem, trace_id: str) -> Rendered:
    """Render a problem as the store's contract has it. Invalid input is 400 here."""
    status = 400 if isinstance(problem, InvalidInput) else problem.status
    details = {"missing": list(problem.details)} if isinstance(problem, MissingFields) else problem.details
    body = {"error": {"code": problem.code, "message": problem.text, "details": details}}
    headers = {**problem.headers, "Vary": "Accept"}
    return Rendered(status, orjson.dumps(body, default=str), "application/json", headers)
