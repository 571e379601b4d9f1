"""Populations: which lines, how many and how much, and that a frozen one is what its hash says."""

import hashlib
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.apps.audit import books, ledgers
from tests.apps.audit.world import API, World, done
from tests.contract.shop import made
from tests.races import Call, at_once

LINES = [
    ("100.00", 0, "4000"), ("-40.50", 10, "4010"), ("0.00", 20, "4000"), ("-900.00", 40, "8000", "", "BANK"),
    ("12.34", None, "4000"), ("250.00", 100, "4020", "R1", "BANK"),
]  # fmt: skip


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture(scope="module")
def source(shared_world: World) -> int:
    return books.ledger(shared_world, LINES)


@pytest.mark.parametrize(
    ("filter", "lines"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"accounts": ["4000", "8000"]}, [1, 3, 4, 5]),
        ({"account_prefix": "40"}, [1, 2, 3, 5, 6]),
        ({"journal": "BANK"}, [4, 6]),
        ({"period_from": "2025-01-11", "period_to": "2025-02-10"}, [2, 3, 4]),
        ({"amount_min": 40.5, "amount_max": 250}, [1, 2, 6]),
        ({"side": "debit"}, [1, 5, 6]),
        ({"side": "credit", "account_prefix": "4"}, [2]),
        ({"journal": "none"}, []),
    ],
)
def test_promise_5_a_filter_finds_its_lines_and_the_totals_agree_with_the_source(
    world: World, source: int, filter: dict[str, Any], lines: list[int]
) -> None:
    found = books.population(world, source, is_frozen=False, **filter)
    amounts = {line: Decimal(LINES[line - 1][0]) for line in lines}
    assert [item["line"] for item in found["preview"]] == lines
    assert (found["count"], Decimal(str(found["value"]))) == (len(lines), sum(map(abs, amounts.values())))
    if lines:
        frozen = done(world.auditor.client.post(f"{API}/populations/{found['id']}/freeze"))
        assert (frozen["count"], frozen["value"], frozen["state"]) == (found["count"], found["value"], "frozen")
        items = books.all_of(world, f"/populations/{found['id']}/items")
        assert {item["line"]: Decimal(str(item["amount"])) for item in items} == amounts
        assert [item["position"] for item in items] == list(range(1, len(lines) + 1))


def test_promise_5_a_third_party_computes_the_hash(world: World, source: int) -> None:
    frozen = books.population(world, source, side="debit")
    amounts = "1\t1\t100.00\n2\t5\t12.34\n3\t6\t250.00\n"
    text = f"portico population 1\n{books.SHA256}\n{amounts}"
    assert frozen["hash"] == hashlib.sha256(text.encode()).hexdigest()
    answer = world.reviewer.client.get(f"{API}/populations/{frozen['id']}/canonical")
    assert (answer.text, answer.headers["content-type"]) == (text, "text/plain; charset=utf-8")


def test_promise_5_all_of_an_imported_file_is_in_its_population(world: World) -> None:
    """The example of the SAF-T standard states its own totals."""
    ledger = ledgers.imported(world, ledgers.example(), "example.xml")
    frozen = books.population(world, ledger["id"])
    stated = ledger["computed"]
    assert frozen["count"] == stated["lines"]
    assert Decimal(str(frozen["value"])) == Decimal(str(stated["debit"])) + Decimal(str(stated["credit"]))


def test_of_two_who_freeze_at_once_one_does(world: World, source: int) -> None:
    draft = books.population(world, source, is_frozen=False)
    path = f"{API}/populations/{draft['id']}/freeze"
    tokens = [person.tokens["access_token"] for person in (world.auditor, world.colleague)]
    answers = at_once(world.nobody, [Call("POST", path, token=token) for token in tokens])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert done(world.auditor.client.get(f"{API}/populations/{draft['id']}/items"))["total"] == len(LINES)


def test_a_long_text_is_sent_in_parts(world: World) -> None:
    frozen = books.population(world, books.ledger(world, ((f"{i}.25",) for i in range(1, 25_001))))
    answer = world.auditor.client.get(f"{API}/populations/{frozen['id']}/canonical")
    assert answer.text.count("\n") == 25_002
    assert hashlib.sha256(answer.content).hexdigest() == frozen["hash"]


def test_a_frozen_population_never_changes(world: World, source: int) -> None:
    frozen = books.population(world, source)
    client, path = world.auditor.client, f"{API}/populations/{frozen['id']}"
    again, change = client.post(f"{path}/freeze"), client.patch(path, json={"name": "Other"})
    assert (again.status_code, again.json()["details"]["state"]) == (409, "frozen")
    assert (change.status_code, change.json()["code"]) == (409, "POPULATION_FROZEN")
    for sql in (
        "UPDATE audit.populations SET value = 1 WHERE id = %s",
        "INSERT INTO audit.population_items SELECT %s, 99, 99, 1",
        "UPDATE audit.population_items SET amount = 1 WHERE population_id = %s",
        "DELETE FROM audit.population_items WHERE population_id = %s",
    ):
        with (
            psycopg.connect(world.url, options="-c role=portico_app") as connection,
            pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)),
        ):
            connection.execute(sql.encode(), [frozen["id"]])
    assert client.get(path).json() == frozen


def test_a_draft_is_changed_while_nobody_else_does(world: World, source: int) -> None:
    draft = books.population(world, source, is_frozen=False)
    client, path = world.auditor.client, f"{API}/populations/{draft['id']}"
    tag = client.get(path).headers["ETag"]
    changed = done(client.patch(path, json={"filter": {"journal": "BANK"}}, headers={"If-Match": tag}))
    assert (changed["name"], changed["count"], changed["value"]) == (draft["name"], 2, 1150.0)
    assert client.patch(path, json={"name": "Late"}, headers={"If-Match": tag}).status_code == 412


def test_an_empty_population_is_not_frozen(world: World, source: int) -> None:
    empty = books.population(world, source, is_frozen=False, journal="none")
    found = world.auditor.client.post(f"{API}/populations/{empty['id']}/freeze")
    assert (found.status_code, found.json()["code"]) == (409, "POPULATION_EMPTY")


@pytest.mark.parametrize(
    "filter",
    [
        {"period_from": "2025-02-01", "period_to": "2025-01-01"}, {"amount_min": 2, "amount_max": 1}, {"side": "left"},
        {"accounts": []}, {"unknown": 1}, {"amount_min": True},
    ],
)  # fmt: skip
def test_filters_that_can_find_nothing_are_refused(world: World, source: int, filter: dict[str, Any]) -> None:
    body = {"source": source, "name": "Population", "filter": filter}
    assert world.auditor.client.post(f"{API}/populations", json=body).status_code == 422


def test_the_source_is_a_ledger_of_the_engagement(world: World, source: int) -> None:
    body = {"source": source, "name": "Population"}
    assert made(world.auditor.client.post(f"{world.path}/populations", json=body))["number"] > 0
    elsewhere = f"{API}/engagements/{world.new_engagement()['id']}/populations"
    assert world.auditor.client.post(elsewhere, json=body).json()["errors"][0]["field"] == "source"
    unseen = world.stranger.client.post(f"{API}/populations", json=body)
    unknown = world.auditor.client.post(f"{API}/populations", json={**body, "source": 10**9})
    assert (unseen.status_code, unknown.status_code) == (404, 404)


def test_nobody_outside_the_team_sees_any_of_it(world: World, source: int) -> None:
    frozen = books.population(world, source)
    paths = [f"{API}/populations/{frozen['id']}{rest}" for rest in ("", "/items", "/canonical")]
    for person in (world.auditee, world.stranger, world.admin):
        answers = [person.client.get(path) for path in [*paths, f"{world.path}/populations"]]
        answers.append(person.client.post(f"{paths[0]}/freeze"))
        assert {each.status_code for each in answers} == {404}
    assert world.nobody.get(paths[0]).status_code == 401


def test_the_list_is_the_newest_first(world: World) -> None:
    engagement_id = world.new_engagement()["id"]
    source = books.ledger(world, LINES, engagement_id=engagement_id)
    made_ones = [books.population(world, source, is_frozen=is_frozen)["id"] for is_frozen in (True, False, True)]
    path = f"/engagements/{engagement_id}/populations"
    assert [each["id"] for each in books.all_of(world, path, limit=2)] == made_ones[::-1]
    assert [each["id"] for each in books.all_of(world, path, state="draft")] == [made_ones[1]]


def test_what_is_done_is_logged(world: World, source: int) -> None:
    frozen = books.population(world, source)
    events = world.sql(
        "SELECT action, details FROM portico.event_log WHERE details ->> 'thing' = %(thing)s ORDER BY id",
        thing=f"population:{frozen['id']}",
    )
    assert [each["action"] for each in events] == ["population.created", "population.frozen"]
    assert events[1]["details"]["hash"] == frozen["hash"]
