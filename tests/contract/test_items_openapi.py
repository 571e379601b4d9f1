"""The OpenAPI document of items: the served app does what it says."""

from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import negative_data_rejection
from schemathesis.config import SchemathesisConfig

from portico import registry
from portico.apps.items.permissions import SCOPES
from portico.kernel.app import document
from portico.kernel.settings import Settings
from tests.contract.leading import lead
from tests.contract.stall import Stall

PARAMETERS = ("item_id", "file_id", "user_id", "job_id", "key_id", "session_id", "webhook_id", "notification_id")
DOCUMENT = document(registry.load("items"), Settings(_env_file=None))  # type: ignore[call-arg]
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"max-examples": 5, "deterministic": True, "database": "none"},
        # 400 and 422 are also the answers to what no schema can say, such as a cursor that no list has given.
        "checks": {"positive_data_acceptance": {"enabled": False}},
    }
)
schema: Any = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)


@schema.hook
def map_case(context: Any, case: Any) -> Any:
    return lead(case)


@schema.exclude(path="/api/v1/events").parametrize()  # a stream does not end
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_app_answers_as_it_is_documented(case: Any, stall: Stall) -> None:
    # A session of its own for each request: some requests end sessions, or remove users.
    token = stall.account(is_admin=True).tokens["access_token"]
    # Any bytes are a file: the job says what is wrong with its rows.
    excluded: list[Any] = [negative_data_rejection] if case.path == "/api/v1/items/import" else []
    case.call_and_validate(
        base_url=str(stall.nobody.base_url), headers={"Authorization": f"Bearer {token}"}, excluded_checks=excluded
    )


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("GET /api/v1/items", "200 304 422 429 500 503"),
        ("POST /api/v1/items", "201 401 403 408 409 413 415 422 429 500 503"),
        ("PUT /api/v1/items/{item_id}", "200 401 403 404 408 409 412 413 415 422 429 500 503"),
        ("POST /api/v1/auth/login", "200 401 403 408 413 415 422 429 500 503"),
        ("POST /api/v1/users", "201 400 401 403 408 409 413 415 422 429 500 503"),
    ],
)
def test_statuses_by_rule(operation: str, statuses: str) -> None:
    method, path = operation.split()
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    assert " ".join(responses) == statuses
    for status, response in responses.items():
        if status >= "4":
            full = (
                DOCUMENT["components"]["responses"][response["$ref"].rsplit("/")[-1]]
                if "$ref" in response
                else response
            )
            assert list(full["content"]) == ["application/problem+json"], (operation, status)


def test_a_list_that_goes_is_marked() -> None:
    paths = DOCUMENT["paths"]
    assert paths["/api/v1/items"]["get"]["deprecated"] is True
    assert "deprecated" not in paths["/api/v2/items"]["get"]


def test_the_document_says_where_api_keys_are_taken(stall: Stall) -> None:
    """Each operation is tried with a key that may do all that keys may."""
    account = stall.account(is_admin=True)
    made = account.client.post("/api/v1/api-keys", json={"name": "robot", "scopes": sorted(SCOPES)}).json()
    told, found = set(), set()
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            names = {name for one in operation.get("security", []) for name in one}
            if not names or path.endswith("/refresh"):  # that one has tokens of its own kind
                continue
            told |= {(method, path)} if "ApiKey" in names else set()
            filled = path.format_map(dict.fromkeys(PARAMETERS, str(UUID(int=1)) if "session" in path else "1"))
            answer = stall.nobody.request(method, filled, headers={"X-API-Key": made["key"]}, json={})
            refused = answer.status_code == 401 or "An API key may not do this" in answer.text
            found |= set() if refused else {(method, path)}
    assert told == found
    assert DOCUMENT["components"]["securitySchemes"]["ApiKey"]["name"] == "X-API-Key"
