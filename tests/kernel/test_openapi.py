"""The OpenAPI document of an app that renders its errors as RFC 9457 has them."""

from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel

from portico.kernel.errors import KINDS, problem_json
from portico.kernel.etags import Matching
from portico.kernel.idempotency import Key
from portico.kernel.openapi import OPTIONAL, ProblemDetails, document_of
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading, Writing

Bearer = Depends(HTTPBearer(auto_error=False, scheme_name="Bearer"))
BearerIfAny = Depends(HTTPBearer(auto_error=False, scheme_name=f"{OPTIONAL}Bearer"))
KeyIfAny = Depends(APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name=f"{OPTIONAL}ApiKey"))

things = router(prefix="/things")
OWN = {"description": "Not this one.", "content": {"text/plain": {"schema": {"type": "string"}}}}


class Thing(BaseModel):
    name: str


@things.get("", response_model=list[Thing])
async def list_things(reading: Reading) -> Any: ...


@things.post("", response_model=Thing, status_code=201, dependencies=[Bearer])
async def create_thing(body: Thing, write: Writing, key: Key = None) -> Any: ...


@things.get("/{thing_id}", response_model=Thing, dependencies=[BearerIfAny], responses={404: OWN})
async def get_thing(thing_id: int, reading: Reading) -> Any: ...


@things.patch("/{thing_id}", response_model=Thing, responses={409: {"description": "The name is used."}})
async def change_thing(thing_id: int, body: Thing, write: Writing, match: Matching) -> Any: ...


@things.delete("/{thing_id}", status_code=204, dependencies=[BearerIfAny, KeyIfAny, Bearer])
async def delete_thing(thing_id: int, write: Writing) -> None: ...


@things.put("/{thing_id}", response_model=Thing, dependencies=[BearerIfAny, KeyIfAny])
async def replace_thing(thing_id: int, body: Thing, write: Writing) -> Any: ...


@things.get("/echo/now", response_model=Thing)
async def echo(x_name: Annotated[str, Header()]) -> Any: ...


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return made()


def made(*schemes: str, choosing_headers: Sequence[str] = ()) -> dict[str, Any]:
    app = FastAPI(title="Things", version="1")
    app.state.choosing_headers = choosing_headers
    app.router.routes.extend(things.routes)
    return document_of(app, render=problem_json, error=ProblemDetails, schemes=schemes or None)


def responses(document: dict[str, Any], operation: str) -> dict[str, Any]:
    method, _, path = operation.partition(" ")
    found: dict[str, Any] = document["paths"][path][method.lower()]["responses"]
    return found


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("GET /things", "200 304 422 429 500 503"),
        ("POST /things", "201 401 403 408 409 413 415 422 429 500 503"),
        ("GET /things/{thing_id}", "200 304 401 403 404 422 429 500 503"),
        ("PATCH /things/{thing_id}", "200 404 408 409 412 413 415 422 429 500 503"),
        ("GET /things/echo/now", "200 304 422 429 500 503"),
    ],
)
def test_errors_follow_from_what_a_route_takes(document: dict[str, Any], operation: str, statuses: str) -> None:
    assert " ".join(responses(document, operation)) == statuses


def test_what_a_header_chooses_may_not_exist() -> None:
    document = made(choosing_headers=["X-Name"])
    assert "404" in responses(document, "GET /things/echo/now")
    assert "404" not in responses(document, "GET /things")


def test_two_kinds_of_one_status_are_both_told(document: dict[str, Any]) -> None:
    reference = responses(document, "POST /things")["422"]["$ref"]
    assert reference == "#/components/responses/InvalidInputOrKeyReused"
    both = document["components"]["responses"]["InvalidInputOrKeyReused"]
    assert set(both["content"]["application/problem+json"]["examples"]) == {
        "VALIDATION_ERROR",
        "IDEMPOTENCY_KEY_REUSED",
    }


def test_what_a_route_declares_stays(document: dict[str, Any]) -> None:
    assert responses(document, "GET /things/{thing_id}")["404"] == OWN
    declared = responses(document, "PATCH /things/{thing_id}")["409"]
    assert declared["description"] == "The name is used."
    assert declared["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/ProblemDetails"}


def test_an_optional_sign_in_is_told_from_a_needed_one(document: dict[str, Any]) -> None:
    assert document["paths"]["/things"]["post"]["security"] == [{"Bearer": []}]
    assert document["paths"]["/things/{thing_id}"]["get"]["security"] == [{}, {"Bearer": []}]
    assert "security" not in document["paths"]["/things"]["get"]
    both = document["paths"]["/things/{thing_id}"]
    assert both["put"]["security"] == [{}, {"Bearer": []}, {"ApiKey": []}]
    assert both["delete"]["security"] == [{"Bearer": []}], "what another dependency needs cannot be left out"


def test_an_app_names_the_ways_to_sign_in_that_it_has(document: dict[str, Any]) -> None:
    assert sorted(document["components"]["securitySchemes"]) == ["ApiKey", "Bearer"]
    without_keys = made("Bearer")
    assert list(without_keys["components"]["securitySchemes"]) == ["Bearer"]
    assert without_keys["paths"]["/things/{thing_id}"]["put"]["security"] == [{}, {"Bearer": []}]


def test_headers_of_conditions_and_repeats_are_parameters(document: dict[str, Any]) -> None:
    for operation, name in (("get", "If-None-Match"), ("post", "Idempotency-Key")):
        assert name in [one["name"] for one in document["paths"]["/things"][operation]["parameters"]]
    assert [one["name"] for one in document["paths"]["/things/{thing_id}"]["patch"]["parameters"]][-1] == "If-Match"
    unauthorized, unavailable = (document["components"]["responses"][name] for name in ("Unauthorized", "Unavailable"))
    assert list(unauthorized["headers"]) == ["WWW-Authenticate"]
    assert list(unavailable["headers"]) == ["Retry-After"]


def test_nothing_of_fastapis_own_errors_is_left(document: dict[str, Any]) -> None:
    assert "ValidationError" not in document["components"]["schemas"]
    assert "HTTPValidationError" not in str(document)


@pytest.mark.parametrize("kind", KINDS.values())
def test_the_model_describes_what_is_rendered(kind: Any) -> None:
    for problem in (kind(), kind(details={"name": "is used"})):
        body = problem_json(problem, "trace").body
        ProblemDetails.model_validate_json(body, strict=True, extra="forbid")
