"""GraphQL on items: the same objects, the same rights, and limits that hold before anything costs."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from psycopg import AsyncCursor

from tests.contract.stall import Stall, item, problem, unique
from tests.databases import Databases
from tests.servers import serving_app

FIELDS = "id name description price quantity createdAt updatedAt version owner { id username }"
CREATE = "mutation($input: ItemInput!) { createItem(input: $input) { %s } }" % FIELDS  # noqa: UP031
UPDATE = """mutation($id: ID!, $input: ItemChange!, $version: Int) {
    updateItem(id: $id, input: $input, version: $version) { id quantity version } }"""


def ask(client: httpx.Client, query: str, **variables: Any) -> dict[str, Any]:
    found = client.post("/graphql", json={"query": query, "variables": variables})
    assert found.status_code == 200, found.text
    assert "errors" not in found.json(), found.text
    data: dict[str, Any] = found.json()["data"]
    return data


def codes(client: httpx.Client, query: str, *, status: int = 200, **variables: Any) -> list[str]:
    """The codes of the errors that the query is answered with."""
    found = client.post("/graphql", json={"query": query, "variables": variables})
    assert found.status_code == status, found.text
    return [error["extensions"]["code"] for error in found.json()["errors"]]


def test_an_item_from_its_beginning_to_its_end(stall: Stall) -> None:
    account = stall.account()
    given = {"name": unique("Desk"), "description": "Of oak", "price": 129.95, "quantity": 3}
    made = ask(account.client, CREATE, input=given)["createItem"]
    assert {name: made[name] for name in given} == given
    assert made["owner"] == {"id": str(account.user_id), "username": account.name}
    same = account.client.get(f"/items/{made['id']}")
    assert (same.json()["price"], same.headers["etag"]) == (129.95, '"1"')
    assert ask(stall.nobody, "query($id: ID!) { item(id: $id) { %s } }" % FIELDS, id=made["id"])["item"] == made  # noqa: UP031
    changed = ask(account.client, UPDATE, id=made["id"], input={"quantity": 2}, version=1)["updateItem"]
    assert changed == {"id": made["id"], "quantity": 2, "version": 2}
    assert codes(account.client, UPDATE, id=made["id"], input={"quantity": 1}, version=1) == ["PRECONDITION_FAILED"]
    assert ask(account.client, "mutation($id: ID!) { deleteItem(id: $id) }", id=made["id"]) == {
        "deleteItem": made["id"]
    }
    assert stall.nobody.get(f"/items/{made['id']}").status_code == 404


def test_a_list_is_filtered_sorted_and_walked(stall: Stall) -> None:
    mark = unique("Walked")
    for number in range(5):
        item(stall.nobody, name=f"{mark} {number}", price=number + 1, quantity=number % 2)
    query = """query($filter: ItemFilter, $cursor: String) {
        items(filter: $filter, sort: PRICE_DESC, limit: 2, cursor: $cursor) { total nextCursor items { price } } }"""
    prices: list[float] = []
    cursor: str | None = None
    while True:
        page = ask(stall.nobody, query, filter={"name": mark, "minPrice": 2}, cursor=cursor)["items"]
        assert page["total"] == 4
        prices, cursor = prices + [row["price"] for row in page["items"]], page["nextCursor"]
        if cursor is None:
            break
    assert prices == [5, 4, 3, 2]
    in_stock = ask(stall.nobody, query, filter={"name": mark, "inStock": True})["items"]
    assert [row["price"] for row in in_stock["items"]] == [4, 2]
    for wrong in ("limit: 101", "limit: 0", 'cursor: "x"'):
        assert codes(stall.nobody, "{ items(%s) { total } }" % wrong) == ["VALIDATION_ERROR"]  # noqa: UP031


def test_errors_have_the_codes_of_the_other_routes(stall: Stall) -> None:
    nowhere = "query($id: ID!) { item(id: $id) { name } }"
    for id in ("999999999", "x", "9" * 30):
        assert codes(stall.nobody, nowhere, id=id) == ["NOT_FOUND"]
    found = stall.nobody.post("/graphql", json={"query": CREATE, "variables": {"input": {"name": "", "price": 0}}})
    (error,) = found.json()["errors"]
    assert found.json()["data"] is None
    assert (error["extensions"]["code"], error["path"]) == ("VALIDATION_ERROR", ["createItem"])
    assert set(error["extensions"]["details"]) == {"name", "price"}
    for query in ("{", "{ nothing }", "{ items }", "mutation { createItem }", "{ ...Nothing }"):
        assert set(codes(stall.nobody, query, status=400)) == {"VALIDATION_ERROR"}
    for body in ([{"query": "{ me { id } }"}], {"query": ""}, {"query": "{ me { id } }", "more": 1}, {}):
        problem(stall.nobody.post("/graphql", json=body), 422, "VALIDATION_ERROR")


def test_of_several_operations_one_is_named(stall: Stall) -> None:
    """Else it is an error, as the specification says, and nothing runs: the first one might be the wrong one."""
    name = unique("Desk")
    add = f'mutation A {{ createItem(input: {{name: "{name}", price: 1}}) {{ id }} }}'
    two = {"query": f"{add} query B {{ me {{ id }} }}"}
    for unnamed in (two, {**two, "operationName": None}):
        found = stall.nobody.post("/graphql", json=unnamed)
        assert found.status_code == 400
        (error,) = found.json()["errors"]
        assert error["extensions"]["code"] == "VALIDATION_ERROR"
        assert "operationName" in error["message"]
    problem(stall.nobody.post("/graphql", json={**two, "operationName": "C"}), 422, "VALIDATION_ERROR")
    assert stall.nobody.post("/graphql", json={**two, "operationName": "B"}).json() == {"data": {"me": None}}
    assert name not in stall.nobody.get("/items?sort=-id").text
    single = {"query": "query Q { me { ...F } } fragment F on User { id }"}
    assert stall.nobody.post("/graphql", json=single).json() == {"data": {"me": None}}, "a fragment is no operation"


@pytest.mark.parametrize("given", [{}, {"n": "x"}, {"n": 2**40}, {"n": {"a": [1]}}], ids=str)
def test_variables_that_do_not_fit_are_the_callers_mistake(stall: Stall, given: dict[str, Any]) -> None:
    query = "query($n: Int!) { items(limit: $n) { total } }"
    assert codes(stall.nobody, query, status=400, **given) == ["VALIDATION_ERROR"]


@pytest.mark.parametrize("nul", ["\\u0000", "\\u{0}"])
def test_a_nul_is_refused_however_it_is_written(stall: Stall, nul: str) -> None:
    for query in (
        '{ items(filter: {name: "%s"}) { total } }',
        'mutation { createItem(input: {name: "%s", price: 1}) { id } }',
    ):
        assert codes(stall.nobody, query % nul, status=400) == ["QUERY_REFUSED"]


def test_only_a_json_post_is_answered(stall: Stall) -> None:
    """No page of others can make a browser send one without being asked."""
    query = "mutation { deleteItem(id: 1) }"
    assert stall.nobody.get("/graphql", params={"query": query}).status_code == 405
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        body = json.dumps({"query": query})
        sent = stall.nobody.post("/graphql", content=body, headers={"Content-Type": kind})
        problem(sent, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert stall.nobody.get("/items/1").status_code == 200


def test_a_request_that_fails_has_changed_nothing(stall: Stall) -> None:
    name = unique("Never")
    query = """mutation($input: ItemInput!) {
        one: createItem(input: $input) { id } two: updateItem(id: 999999999, input: {name: "x"}) { id } }"""
    found = stall.nobody.post("/graphql", json={"query": query, "variables": {"input": {"name": name, "price": 1}}})
    assert found.json()["data"] is None
    assert [error["path"] for error in found.json()["errors"]] == [["two"]]
    assert stall.nobody.get("/api/v2/items", params={"name": name}).json()["total"] == 0


def test_in_private_mode_rights_are_those_of_the_other_routes(private_stall: Stall) -> None:
    owner, stranger, admin = private_stall.account(), private_stall.account(), private_stall.account(is_admin=True)
    assert codes(private_stall.nobody, CREATE, input={"name": "x", "price": 1}) == ["UNAUTHORIZED"]
    made = ask(owner.client, CREATE, input={"name": "Mine", "price": 1})["createItem"]
    assert codes(private_stall.nobody, UPDATE, id=made["id"], input={"quantity": 1}) == ["UNAUTHORIZED"]
    assert codes(stranger.client, UPDATE, id=made["id"], input={"quantity": 1}) == ["FORBIDDEN"]
    assert ask(admin.client, UPDATE, id=made["id"], input={"quantity": 1})["updateItem"]["quantity"] == 1
    whose = "query($id: ID!) { item(id: $id) { owner { username } } }"
    for client, seen in (
        (private_stall.nobody, None),
        (stranger.client, None),
        (owner.client, owner.name),
        (admin.client, owner.name),
    ):
        found = ask(client, whose, id=made["id"])["item"]["owner"]
        assert (found and found["username"]) == seen
    everyone = "{ me { username email } users { total users { username } } }"
    mine = ask(stranger.client, everyone)
    assert (mine["me"]["username"], mine["users"]) == (
        stranger.name,
        {"total": 1, "users": [{"username": stranger.name}]},
    )
    assert ask(admin.client, everyone)["users"]["total"] > 3
    assert codes(private_stall.nobody, "{ users { total } }") == ["UNAUTHORIZED"]
    bad = private_stall.nobody.post("/graphql", json={"query": "{ me { id } }"}, headers={"Authorization": "Bearer x"})
    problem(bad, 401, "UNAUTHORIZED")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many statements the driver was given since the last call."""
    count = 0
    execute = AsyncCursor.execute

    def counting(cursor: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += "items." in str(args[0])  # and not what works in the background, such as the sealer
        return execute(cursor, *args, **kwargs)

    def since() -> int:
        nonlocal count
        found, count = count, 0
        return found

    monkeypatch.setattr(AsyncCursor, "execute", counting)
    return since


def test_a_list_with_owners_takes_a_fixed_number_of_queries(stall: Stall, statements: Callable[[], int]) -> None:
    mark = unique("Owned")
    for number in range(12):
        item(stall.account().client, name=mark, quantity=number)
    query = """query($mark: String!, $limit: Int!) {
        items(filter: {name: $mark}, limit: $limit) { items { name owner { username } } } }"""
    taken = []
    for limit in (1, 12, 1, 12):
        statements()
        rows = ask(stall.nobody, query, mark=mark, limit=limit)["items"]["items"]
        taken.append(statements())
        assert len({row["owner"]["username"] for row in rows}) == limit
    assert taken[2:] == [3, 3], taken  # the page, its total, the owners


DEEP = "{ items { items " * 50 + "{ id }" + " } }" * 50
TOO_MUCH = {
    "aliases": "{ " + " ".join(f"a{number}: __typename" for number in range(20_000)) + " }",
    "some aliases": "{ " + " ".join(f"a{number}: __typename" for number in range(21)) + " }",
    "depth": DEEP,
    "depth by fragments": "{ ...F0 } " + " ".join(
        f"fragment F{number} on Query {{ items {{ items {{ ...F{number + 1} }} }} }}" for number in range(20)
    ),
    "brackets": "{ me(x: " + "[" * 400 + "]" * 400 + ") { id } }",
    "one megabyte": "{ me { id } } #" + "x" * 1_000_000,
    "a long comment": "{ me { id } } #" + "x" * 60_000,
    "many comments": "{ me { id } }" + "#\n" * 8_000,
    "cost": "{ items(limit: 100) { items { %s } } }" % " ".join(["id name price"] * 10),  # noqa: UP031
    "cost by lists in lists": "{ users(limit: 100) { users(limit: 100) { id } } }",
    "cost by fragments": "{ ...F0 } " + " ".join(
        f"fragment F{number} on Query {{ ...F{number + 1} ...F{number + 1} }}" for number in range(60)
    ) + " fragment F60 on Query { me { id } }",
    "a cycle": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "fields in pairs": "{ " + "me { id } " * 250 + "}",
    "a long number": "{ items(limit: " + "9" * 5_000 + ") { total } }",
    "no end": '{ me(x: "' + '\\"""' * 4_000 + ") }",
}  # fmt: skip


@pytest.mark.alone
@pytest.mark.parametrize("query", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_asks_for_too_much_is_refused_at_once(stall: Stall, query: str) -> None:
    took = []
    for _ in range(5):
        began = time.perf_counter()
        found = stall.nobody.post("/graphql", json={"query": query})
        took.append(time.perf_counter() - began)
        if found.status_code == 413:
            problem(found, 413, "PAYLOAD_TOO_LARGE")
        else:
            assert found.status_code == 400, found.text
            assert found.json()["errors"][0]["extensions"]["code"] in ("QUERY_REFUSED", "VALIDATION_ERROR")
    assert min(took) < 0.1  # the best of five: others use this machine, too


@pytest.mark.alone
def test_refusing_keeps_nobody_waiting(stall: Stall) -> None:
    waits = []
    is_over = threading.Event()

    def ask_for_too_much() -> None:
        with httpx.Client(base_url=stall.nobody.base_url) as client:
            while not is_over.is_set():
                for query in TOO_MUCH.values():
                    client.post("/graphql", json={"query": query})

    asking = threading.Thread(target=ask_for_too_much)
    asking.start()
    try:
        for _ in range(50):
            began = time.perf_counter()
            stall.nobody.get("/health/live")
            waits.append(time.perf_counter() - began)
    finally:
        is_over.set()
        asking.join()
    assert sorted(waits)[len(waits) // 2] < 0.1


def test_what_is_refused_says_why(stall: Stall) -> None:
    for name in ("some aliases", "depth by fragments", "brackets", "cost", "cost by fragments", "a cycle"):
        assert codes(stall.nobody, TOO_MUCH[name], status=400) == ["QUERY_REFUSED"], name
    variable = "query($n: Int!) { items(limit: $n) { items { %s } } }" % " ".join(["id name price"] * 10)  # noqa: UP031
    assert codes(stall.nobody, variable, status=400, n=100) == ["QUERY_REFUSED"]
    assert ask(stall.nobody, variable, n=1)["items"]["items"]


@pytest.fixture
def closed(databases: Databases, worker_id: str, stall: Stall) -> Iterator[httpx.Client]:
    """The same database, served where the documents are switched off."""
    with serving_app("items", stall.url, docs_enabled=False) as client:
        yield client


def test_the_schema_is_shown_where_the_documents_are(stall: Stall, closed: httpx.Client) -> None:
    query = "{ __schema { queryType { fields { name } } } }"
    fields = ask(stall.nobody, query)["__schema"]["queryType"]["fields"]
    assert {field["name"] for field in fields} == {"items", "item", "me", "users"}
    assert codes(closed, query, status=400)[0] == "VALIDATION_ERROR"
    assert "mean" not in closed.post("/graphql", json={"query": "{ items(limits: 1) { total } }"}).text
    assert ask(closed, "{ __typename me { id } }") == {"__typename": "Query", "me": None}


def test_the_usual_introspection_query_is_within_the_limits(stall: Stall) -> None:
    from graphql import build_client_schema, get_introspection_query

    found = build_client_schema(ask(stall.nobody, get_introspection_query()))  # type: ignore[arg-type]
    assert "ItemPage" in found.type_map
