"""The OpenAPI document of the store: what it says is complete, and the served store does what it says."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import negative_data_rejection
from schemathesis.config import SchemathesisConfig

from portico import registry
from portico.apps.store.errors import Envelope
from portico.kernel.app import document
from portico.kernel.errors import KINDS
from portico.kernel.settings import Settings
from tests.contract.shop import Shop

KNOWN_IDS = 12
EXAMPLES, EXAMPLES_IN_PRIVATE_MODE = 20, 8

LENIENT = "/fakestoreapi"
ENDS_THE_SESSION = "/api/auth/logout-all"

_ids = count(10**15)

STORE = registry.load("store")
DOCUMENT = document(STORE, Settings(_env_file=None))  # type: ignore[call-arg]


def schema_of(examples: int, *, at_limits: bool) -> Any:
    """The document as a maker of tests: random requests and, `at_limits`, one for each limit that it names."""
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            # 400 is also the answer to what no schema can say, such as the id of a category that does not exist.
            "checks": {"positive_data_acceptance": {"enabled": False}},
            "phases": {"coverage": {"enabled": at_limits}},
        }
    )
    found = schemathesis.openapi.from_dict(DOCUMENT, config=config)
    found.hook(map_case)
    return found


def map_case(context: Any, case: Any) -> Any:
    """Lead most requests to rows that are there, and past the headers that would stop them."""
    if case.meta.generation.mode.is_positive:
        number = len(str(case.body))
        suffix = ".svg" if case.path.startswith("/pictures") else ""
        case.path_parameters = {name: known(value, suffix) for name, value in (case.path_parameters or {}).items()}
        for name in ("If-Match", "Idempotency-Key"):
            if number % 4 and case.headers is not None:
                case.headers.pop(name, None)
    return case


def known(value: Any, suffix: str) -> Any:
    """An id or a file that is there; one time in five the value as it is."""
    number = value if isinstance(value, int) else len(value)
    return type(value)(f"{number % KNOWN_IDS}{suffix}") if number % 5 else value


def check(case: Any, client: httpx.Client) -> None:
    """Send a request that was made of the document, and look at the answer with all checks that mean something."""
    excluded: list[Any] = []
    if case.path.startswith(LENIENT):
        excluded.append(negative_data_rejection)  # the site that it stands for takes nearly anything
    token = client.headers["Authorization"]
    found = case.call_and_validate(
        base_url=str(client.base_url), headers={"Authorization": token}, excluded_checks=excluded
    )
    if found.status_code == 401 and case.path != ENDS_THE_SESSION:
        assert client.get("/api/auth/me").status_code == 200, "the caller was signed out: what follows tests nothing"


@pytest.fixture
def staff(shop: Shop) -> httpx.Client:
    """An account of its own for each operation, with an id that no request guesses."""
    return shop.account(is_staff=True, user_id=next(_ids)).client


@pytest.fixture
def customer(private_shop: Shop) -> httpx.Client:
    return private_shop.account(user_id=next(_ids)).client


one_account_an_operation = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@schema_of(EXAMPLES, at_limits=True).parametrize()
@one_account_an_operation
def test_the_store_answers_staff_as_it_is_documented(case: Any, staff: httpx.Client) -> None:
    check(case, staff)


@schema_of(EXAMPLES_IN_PRIVATE_MODE, at_limits=False).parametrize()
@one_account_an_operation
def test_the_private_store_answers_customers_as_it_is_documented(case: Any, customer: httpx.Client) -> None:
    check(case, customer)


# The document itself


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, entries in DOCUMENT["paths"].items():
        for method, operation in entries.items():
            yield method.upper(), path, operation


def test_the_document_is_served(shop: Shop) -> None:
    served = shop.nobody.get("/openapi.json")
    assert served.headers["content-type"] == "application/json"
    assert served.json() == {**DOCUMENT, "servers": [{"url": "/"}]}
    for page in ("/docs", "/redoc"):
        assert shop.nobody.get(page).headers["content-type"].startswith("text/html")


def test_every_error_has_the_envelope() -> None:
    errors = [
        (path, status, response)
        for _, path, operation in operations()
        for status, response in operation["responses"].items()
        if status >= "4"
    ]
    assert errors
    for path, status, response in errors:
        full = DOCUMENT["components"]["responses"][response["$ref"].rsplit("/")[-1]] if "$ref" in response else response
        content = full["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Envelope"}, (path, status)
        for example in content["examples"].values():
            Envelope.model_validate(example["value"], strict=True, extra="forbid")


def test_every_kind_of_error_is_rendered_as_the_model_says() -> None:
    for kind in KINDS.values():
        body = STORE.render(kind(details={"id": 1}), "trace").body
        Envelope.model_validate_json(body, strict=True, extra="forbid")


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("GET /api/products", "200 304 400 404 429 500 503"),
        ("POST /api/products", "201 400 401 403 408 409 413 415 422 429 500 503"),
        ("GET /api/products/{product_id}", "200 304 400 404 429 500 503"),
        ("PATCH /api/products/{product_id}", "200 400 401 403 404 408 409 412 413 415 429 500 503"),
        ("DELETE /api/carts/{cart_id}", "204 400 401 403 404 409 412 429 500 503"),
        ("POST /api/auth/login", "200 400 401 408 413 415 429 500 503"),
        ("GET /api/auth/me", "200 304 400 401 403 429 500 503"),
        ("POST /fakestoreapi/products", "201 400 408 413 429 500 503"),
        ("GET /pictures/{name}", "200 304 400 404 429 500 503"),
    ],
)
def test_statuses_by_rule(operation: str, statuses: str) -> None:
    documented = {f"{method} {path}": each["responses"] for method, path, each in operations()}
    assert " ".join(documented[operation]) == statuses


def test_authorize_is_offered_where_it_is_asked_for() -> None:
    scheme = DOCUMENT["components"]["securitySchemes"]
    assert list(scheme) == ["Bearer"]
    assert (scheme["Bearer"]["type"], scheme["Bearer"]["scheme"]) == ("http", "bearer")
    asked = {f"{method} {path}": operation.get("security") for method, path, operation in operations()}
    assert asked["GET /api/products"] is None
    assert asked["POST /api/products"] == [{"Bearer": []}]
    assert asked["GET /api/carts"] == [{}, {"Bearer": []}], "with a token or without"


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (each for name, each in value.items() if name == "$ref")
            yield from (found for each in value.values() for found in references(each))
        elif isinstance(value, list):
            yield from (found for each in value for found in references(each))

    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        _, kind, group, name = reference.split("/")
        assert name in DOCUMENT[kind][group]
    assert "HTTPValidationError" not in str(DOCUMENT)
