"""Samples over HTTP: planned, drawn, examined, evaluated."""

from typing import Any

import psycopg
import pytest

from portico.apps.audit.samples import selection
from tests.apps.audit import books
from tests.apps.audit.everything import past_rules
from tests.apps.audit.world import API, World, done
from tests.contract.shop import made
from tests.races import Call, at_once

MONEY = {"method": "monetary_unit", "risk": 0.05, "tolerable": 5000, "expected": 500}


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture(scope="module")
def many(shared_world: World) -> dict[str, Any]:
    """A frozen population of 500 lines of 1 to 500, each third of them a credit; two are large."""
    amounts = [f"{'-' if i % 3 == 0 else ''}{i}.00" for i in range(1, 501)]
    return books.population(shared_world, books.ledger(shared_world, ((a,) for a in [*amounts, "9000.00", "-7000.50"])))


def items_of(world: World, sample: dict[str, Any]) -> list[dict[str, Any]]:
    return books.all_of(world, f"/samples/{sample['id']}/items")


def record(world: World, sample: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    path = f"{API}/samples/{sample['id']}/results"
    return done(world.auditor.client.put(path, json={"results": results}))


def evaluated(world: World, sample: dict[str, Any]) -> dict[str, Any]:
    return done(world.auditor.client.post(f"{API}/samples/{sample['id']}/evaluate"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"risk": 0.05, "tolerable": 0.05}, {"size": 59, "expected_deviations": 0, "distribution": "binomial"}),
        ({"confidence": 0.95, "tolerable": 0.05, "expected": 0.01}, {"size": 93, "expected_deviations": 1}),
        ({"risk": "0.1", "tolerable": "0.08", "expected": "0.07"}, {"size": 1300, "expected_deviations": 91}),
        ({"risk": 0.05, "tolerable": 0.05, "population_size": 100}, {"size": 45, "distribution": "hypergeometric"}),
        ({"risk": 0.05, "tolerable": 0.05, "population_size": 10}, {"size": 10}),
        (
            {"method": "monetary_unit", "risk": 0.05, "tolerable": 50_000, "population_value": 1_000_000},
            {"size": 60, "interval": 16690.41, "confidence_factor": 2.995732, "distribution": "poisson"},
        ),
        ({**MONEY, "tolerable": 50_000, "expected": 10_000, "population_value": 1_000_000}, {"size": 93}),
    ],
)
def test_a_plan_says_the_size_and_why(world: World, body: dict[str, Any], expected: dict[str, Any]) -> None:
    found = done(world.auditor.client.post(f"{API}/samples/plan", json={"method": "attribute", **body}))
    assert {name: found[name] for name in expected} == expected
    assert found["formula"]
    assert found["inputs"]["tolerable"] == float(body["tolerable"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"tolerable": 0.05}, None),
        ({"tolerable": 0.05, "risk": 0.05, "confidence": 0.95}, None),
        ({"tolerable": 0.05, "risk": 0}, "risk"),
        ({"tolerable": 0.05, "risk": 0.05, "expected": 0.05}, "expected"),
        ({"tolerable": 0.05, "risk": 0.05, "expected": 0.0499}, "tolerable"),
        ({"tolerable": 5, "risk": 0.05}, "tolerable"),
        ({"tolerable": 0, "risk": 0.05}, "expected"),
        ({**MONEY}, "population_value"),
        ({**MONEY, "tolerable": 0.015}, None),
        ({**MONEY, "population_value": 10**12}, "tolerable"),
    ],
)
def test_what_cannot_be_planned_is_refused(world: World, body: dict[str, Any], field: str | None) -> None:
    found = world.auditor.client.post(f"{API}/samples/plan", json={"method": "attribute", **body})
    assert found.status_code == 422
    assert field is None or field in found.json()["errors"][0]["field"]


def test_promise_5_the_items_are_those_that_the_seed_gives(world: World, many: dict[str, Any]) -> None:
    one, same, other = (books.sample(world, many, seed=seed) for seed in ("court", "court", "other"))
    first, second, third = (items_of(world, each) for each in (one, same, other))
    assert first == second != third
    assert (one["size"], one["items"], one["state"], one["seed"]) == (59, 59, "selected", "court")
    drawn = list(selection.attribute(many["hash"], "court", size=59, count=502))
    assert [item["item"] for item in first] == drawn
    lines = {item["position"]: item for item in books.all_of(world, f"/populations/{many['id']}/items")}
    assert [item["line"] for item in first] == [lines[position]["line"] for position in drawn]


def test_promise_5_monetary_units_hit_items_in_proportion_to_their_value(world: World, many: dict[str, Any]) -> None:
    """Selected here once more, cent by cent."""
    sample = books.sample(world, many, seed="court", **MONEY)
    interval = round(sample["plan"]["interval"] * 100)
    first = selection.first_unit(many["hash"], "court", interval=interval)
    expected, upto = [], 0
    for item in books.all_of(world, f"/populations/{many['id']}/items"):
        cents = round(abs(item["amount"]) * 100)
        if hits := len(range(first, upto + cents + 1, interval)) - len(range(first, upto + 1, interval)):
            expected.append((item["position"], hits))
        upto += cents
    found = items_of(world, sample)
    assert [(item["item"], item["hits"]) for item in found] == expected
    assert {501, 502} <= {item["item"] for item in found}  # more than an interval: always among them
    assert all(item["hits"] == 1 for item in found if abs(item["amount"]) * 100 < interval)
    assert abs(sum(item["hits"] for item in found) - sample["size"]) <= 1


def test_promise_5_whoever_looks_repeats_the_draw(world: World, many: dict[str, Any]) -> None:
    for values in ({}, MONEY):
        sample = books.sample(world, many, seed="court", **values)
        found = done(world.reviewer.client.get(f"{API}/samples/{sample['id']}/repeat"))
        assert found == {"items": sample["items"], "population_agrees": True, "items_agree": True}
    past_rules(world.url, "UPDATE audit.sample_items SET item = item + 1 WHERE sample_id = %(id)s", id=sample["id"])
    assert done(world.auditor.client.get(f"{API}/samples/{sample['id']}/repeat"))["items_agree"] is False
    planned = books.sample(world, many)
    assert world.auditor.client.get(f"{API}/samples/{planned['id']}/repeat").status_code == 409


def test_promise_5_a_population_that_was_altered_is_noticed(world: World) -> None:
    frozen = books.population(world, books.ledger(world, [("1.00",)] * 80))
    sample = books.sample(world, frozen, seed="court")
    past_rules(world.url, "UPDATE audit.population_items SET amount = 2 WHERE population_id = %(id)s", id=frozen["id"])
    found = done(world.auditor.client.get(f"{API}/samples/{sample['id']}/repeat"))
    assert found == {"items": 59, "population_agrees": False, "items_agree": True}


def test_a_sample_is_drawn_once(world: World, many: dict[str, Any]) -> None:
    sample = books.sample(world, many, seed="court")
    again = world.auditor.client.post(f"{API}/samples/{sample['id']}/select", json={"seed": "again"})
    assert again.status_code == 409
    assert again.json()["details"]["legal"] == ["record", "evaluate"]
    for sql in (
        "UPDATE audit.samples SET seed = 'again' WHERE id = %s",
        "UPDATE audit.sample_items SET item = 1 WHERE sample_id = %s",
        "INSERT INTO audit.sample_items (sample_id, position, item, amount) VALUES (%s, 999, 1, 1)",
        "DELETE FROM audit.sample_items WHERE sample_id = %s",
    ):
        with (
            psycopg.connect(world.url, options="-c role=portico_app") as connection,
            pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)),
        ):
            connection.execute(sql.encode(), [sample["id"]])


def test_of_two_who_draw_at_once_one_does(world: World, many: dict[str, Any]) -> None:
    planned = books.sample(world, many)
    path = f"{API}/samples/{planned['id']}/select"
    token = world.auditor.tokens["access_token"]
    calls = [Call("POST", path, {"seed": seed}, token=token) for seed in ("one", "two", "three", "four")]
    answers = at_once(world.nobody, calls)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    drawn = next(answer.json() for answer in answers if answer.is_success)
    assert done(world.auditor.client.get(f"{API}/samples/{planned['id']}")) == drawn
    assert done(world.auditor.client.get(f"{API}/samples/{planned['id']}/repeat"))["items_agree"] is True


def test_the_server_takes_a_seed_where_none_is_given(world: World, many: dict[str, Any]) -> None:
    planned = [books.sample(world, many, tolerable=0.2) for _ in range(2)]
    drawn = [done(world.auditor.client.post(f"{API}/samples/{each['id']}/select")) for each in planned]
    assert len({each["seed"] for each in drawn} | {""}) == 3
    assert all(len(each["seed"]) == 32 for each in drawn)


def test_deviations_are_set_beside_what_is_tolerable(world: World, many: dict[str, Any]) -> None:
    sample = books.sample(world, many, seed="court")
    results = [{"position": i, "is_deviation": False} for i in range(1, 60)]
    assert record(world, sample, results)["examined"] == 59
    clean = evaluated(world, sample)["evaluation"]
    assert (clean["deviations"], clean["upper_limit"], clean["is_within_tolerable"]) == (0, 0.049508, True)
    found = record(world, sample, [{"position": 3, "is_deviation": True, "note": "No approval"}])
    assert (found["state"], found["evaluation"], found["evaluated_at"]) == ("selected", None, None)
    one = evaluated(world, sample)["evaluation"]
    assert (one["deviations"], one["is_within_tolerable"]) == (1, False)
    assert one["rate"] + one["allowance"] == pytest.approx(one["upper_limit"], abs=2e-6)


def test_promise_8_an_evaluation_compares_and_does_not_conclude(world: World, many: dict[str, Any]) -> None:
    sample = books.sample(world, many, seed="court", distribution="hypergeometric")
    record(world, sample, [{"position": i, "is_deviation": False} for i in range(1, sample["items"] + 1)])
    words = evaluated(world, sample)["evaluation"]["comparison"]
    assert words == (
        "At a risk of 5 % the rate of deviations is at most 4.9801 %, which is not above the tolerable 5 %. "
        "This compares two figures. What follows from it is for the auditor to conclude."
    )
    states = world.sql("SELECT DISTINCT state FROM audit.workpaper_versions WHERE state = 'approved'")
    assert states == []


def test_taints_of_monetary_units_are_projected(world: World, many: dict[str, Any]) -> None:
    sample = books.sample(world, many, seed="court", **{**MONEY, "tolerable": 20_000})
    items = items_of(world, sample)
    right = {item["position"]: item["amount"] for item in items}
    top = next(item for item in items if item["amount"] == 9000)
    small = next(item for item in items if 0 < item["amount"] < 1000)
    credit = next(item for item in items if -1000 < item["amount"] < 0)
    right |= {top["position"]: 8900.5, small["position"]: small["amount"] / 2, credit["position"]: credit["amount"] * 2}
    record(world, sample, [{"position": position, "audited_amount": amount} for position, amount in right.items()])
    found = evaluated(world, sample)["evaluation"]
    interval, over, under = found["interval"], found["overstatement"], found["understatement"]
    assert (found["items"], found["misstated"], over["known"], under["known"]) == (len(items), 3, 99.5, 0)
    assert over["projected"] == pytest.approx(interval / 2, abs=0.01)
    assert under["projected"] == pytest.approx(interval, abs=0.01)
    # 2.995732 and 4.743865 are the factors for no and for one misstatement.
    assert over["upper"] == pytest.approx(99.5 + interval * (2.995732 + 1.748132 / 2), rel=1e-5)
    assert under["upper"] == pytest.approx(interval * 4.743865, rel=1e-5)
    assert found["upper_limit"] == max(over["upper"], under["upper"])
    assert found["is_within_tolerable"] is (found["upper_limit"] <= 20_000)


def test_every_item_needs_a_result(world: World, many: dict[str, Any]) -> None:
    sample = books.sample(world, many, seed="court")
    record(world, sample, [{"position": i, "is_deviation": False} for i in range(1, 55)])
    found = world.auditor.client.post(f"{API}/samples/{sample['id']}/evaluate")
    assert (found.status_code, found.json()["code"]) == (409, "RESULTS_MISSING")
    assert found.json()["details"] == {"missing": 5, "first": [55, 56, 57, 58, 59]}


@pytest.mark.parametrize(
    "results",
    [
        [{"position": 60, "is_deviation": True}],
        [{"position": 1, "is_deviation": True}, {"position": 1, "is_deviation": False}],
        [{"position": 1, "audited_amount": 5}],
        [{"position": 1, "is_deviation": 1}],
        [],
    ],
)
def test_results_are_of_items_of_the_sample_and_of_its_method(
    world: World, many: dict[str, Any], results: list[dict[str, Any]]
) -> None:
    sample = books.sample(world, many, seed="court")
    found = world.auditor.client.put(f"{API}/samples/{sample['id']}/results", json={"results": results})
    assert found.status_code == 422
    assert done(world.auditor.client.get(f"{API}/samples/{sample['id']}"))["examined"] == 0


def test_of_two_who_record_with_one_tag_one_loses(world: World, many: dict[str, Any]) -> None:
    sample = books.sample(world, many, seed="court")
    path = f"{API}/samples/{sample['id']}"
    tag = world.auditor.client.get(path).headers["ETag"]
    answers = [
        each.client.put(
            f"{path}/results", json={"results": [{"position": 1, "is_deviation": True}]}, headers={"If-Match": tag}
        ).status_code
        for each in (world.auditor, world.colleague)
    ]
    assert answers == [200, 412]


def test_a_sample_is_of_a_frozen_population_of_its_engagement(world: World, many: dict[str, Any]) -> None:
    draft = books.population(world, many["source"]["id"], is_frozen=False)
    body = {"name": "Sample", "method": "attribute", "risk": 0.05, "tolerable": 0.05}
    client = world.auditor.client
    found = client.post(f"{world.path}/samples", json={**body, "population_id": draft["id"]})
    assert (found.status_code, found.json()["code"]) == (409, "POPULATION_NOT_FROZEN")
    elsewhere = f"{API}/engagements/{world.new_engagement()['id']}/samples"
    assert client.post(elsewhere, json={**body, "population_id": many["id"]}).status_code == 422
    foreign = {**body, "population_id": many["id"], "procedure_id": 10**9}
    assert client.post(f"{world.path}/samples", json=foreign).json()["errors"][0]["field"] == "procedure_id"


def test_nobody_outside_the_team_sees_any_of_it(world: World, many: dict[str, Any]) -> None:
    sample = books.sample(world, many, seed="court")
    path = f"{API}/samples/{sample['id']}"
    result = {"results": [{"position": 1, "is_deviation": True}]}
    for person in (world.auditee, world.stranger, world.admin):
        reads = [person.client.get(each) for each in (path, f"{path}/items", f"{world.path}/samples")]
        writes = [person.client.post(f"{path}/{action}") for action in ("select", "evaluate")]
        writes.append(person.client.put(f"{path}/results", json=result))
        assert {each.status_code for each in reads + writes} == {404}


def test_promise_2_nothing_is_drawn_or_recorded_after_archiving(world: World) -> None:
    engagement_id = world.new_engagement()["id"]
    source = books.ledger(world, [("1.00",)] * 30, engagement_id=engagement_id)
    frozen = books.population(world, source)
    planned, drawn = books.sample(world, frozen), books.sample(world, frozen, seed="court")
    draft = books.population(world, source, is_frozen=False)
    world.archive(engagement_id)
    client = world.auditor.client
    body = {"results": [{"position": 1, "is_deviation": True}]}
    answers = [
        client.post(f"{API}/samples/{planned['id']}/select"),
        client.put(f"{API}/samples/{drawn['id']}/results", json=body),
        client.post(f"{API}/populations/{draft['id']}/freeze"),
        client.post(f"{API}/populations", json={"source": source, "name": "Late"}),
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(409, "ENGAGEMENT_ARCHIVED")}
    with (
        psycopg.connect(world.url, options="-c role=portico_app") as connection,
        pytest.raises(psycopg.errors.RestrictViolation),
    ):
        connection.execute("UPDATE audit.sample_items SET note = 'late' WHERE sample_id = %s", [drawn["id"]])


def test_a_plan_of_a_sample_is_made_once_for_a_key(world: World, many: dict[str, Any]) -> None:
    body = {"population_id": many["id"], "name": "Once", "method": "attribute", "risk": 0.05, "tolerable": 0.05}
    key = {"Idempotency-Key": "one-sample"}
    answers = [made(world.auditor.client.post(f"{world.path}/samples", json=body, headers=key)) for _ in range(2)]
    assert answers[0] == answers[1]


def test_actions_say_what_may_be_done_now_and_why_not_the_rest(world: World, many: dict[str, Any]) -> None:
    client = world.reviewer.client
    planned, drawn = books.sample(world, many), books.sample(world, many, seed="court")
    for path, expected in (
        (f"populations/{many['id']}", {"freeze": False}),
        (f"samples/{planned['id']}", {"select": True, "record": False, "evaluate": False}),
        (f"samples/{drawn['id']}", {"select": False, "record": True, "evaluate": True}),
    ):
        found = client.get(f"{API}/{path}/actions").json()
        assert {each["action"]: each["allowed"] for each in found} == expected
        assert all(each["reasons"] for each in found if not each["allowed"])
