"""Reports: counted, booked, linked, once; and refused in one piece."""

from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.apps.factory.floor import Floor, report
from tests.apps.factory.world import API, World, done
from tests.clocks import MovableClock
from tests.contract.shop import made
from tests.races import Call, at_once, statuses


@pytest.fixture(scope="module")
def floor(shared_world: World) -> Floor:
    return Floor(shared_world)


def test_a_report_books_counts_material_and_lots(floor: Floor) -> None:
    order, cut = floor.running(10)
    bar = floor.bar(100)
    body = {
        "good": 3, "scrap": [{"qty": 1, "reason": floor.reason}], "rework": 1,
        "consumed": [{"lot": bar, "qty": 10, "scrap": 1, "returned": 2, "lost": 0.5}],
        "produced": [{"qty": 2}, {"code": f"{bar}-x", "qty": 1}],
    }  # fmt: skip
    booked = made(report(floor.sawyer, cut, **body))
    assert (booked["good"], booked["scrap"], booked["rework"]) == (3, 1, 1)
    assert booked["scrapped"] == [{"reason": floor.reason, "quantity": 1}]
    assert [(each["issued"], each["in_product"], each["returned"]) for each in booked["consumed"]] == [(10, 6.5, 2)]
    assert [each["quantity"] for each in booked["produced"]] == [2, 1]
    assert booked["produced"][1]["lot"] == f"{bar}-x"
    assert floor.on_hand(bar) == 92
    assert floor.on_hand(booked["produced"][0]["lot"]) == 2
    assert floor.operation(cut)["available"] == 5
    weld = order["operations"][1]["id"]
    assert floor.operation(weld)["available"] == 3
    links = floor.world.sql(
        "SELECT quantity FROM factory.genealogy WHERE report_id = %(id)s ORDER BY quantity", id=booked["id"]
    )
    assert [float(row["quantity"]) for row in links] == [2.167, 4.333]


def test_promise_2_the_masses_balance_or_nothing_is_booked(floor: Floor) -> None:
    _, cut = floor.running(10)
    bar = floor.bar(5)
    too_much = [{"lot": bar, "qty": 4, "scrap": 3, "returned": 1, "lost": 0.001}]
    assert report(floor.sawyer, cut, good=1, consumed=too_much, produced=[{}]).status_code == 422
    refused(report(floor.sawyer, cut, good=1, consumed=[{"lot": bar, "qty": 5.001}], produced=[{}]), "NOT_ENOUGH")
    made(report(floor.sawyer, cut, good=1, consumed=[{"lot": bar, "qty": 4, "scrap": 3, "lost": 1}]))
    wrong = report(floor.sawyer, cut, good=1, consumed=[{"lot": bar, "qty": 1}])
    assert "went into" in wrong.text, "what is in a product is in one that is named"
    assert floor.on_hand(bar) == 1
    assert floor.operation(cut)["good"] == 1
    with pytest.raises(psycopg.errors.CheckViolation, match="balance"):
        floor.world.sql("UPDATE factory.consumptions SET lost = lost + 1")


@pytest.mark.parametrize("state", ["quarantine", "blocked", "rejected", "consumed", "expired"])
def test_promise_3_unusable_material_is_refused_by_name(floor: Floor, state: str) -> None:
    _, cut = floor.running(10)
    good, bad = floor.bar(9), floor.bar(9, state=state)
    consumed = [{"lot": good, "qty": 1}, {"lot": bad, "qty": 1}]
    found = refused(report(floor.sawyer, cut, good=1, consumed=consumed, produced=[{}]), "LOT_NOT_USABLE")
    assert bad in found["detail"]
    assert good not in found["detail"]
    assert (floor.on_hand(good), floor.operation(cut)["good"]) == (9, 0)


def test_promise_3_what_expires_today_is_used_and_tomorrow_it_is_not(world: World, clock: MovableClock) -> None:
    floor = Floor(world)
    _, cut = floor.running(10)
    bar = floor.bar(9, expires_on=clock().date())
    body = {"good": 1, "consumed": [{"lot": bar, "qty": 1}], "produced": [{}]}
    made(report(floor.sawyer, cut, **body))
    clock.move(days=1)
    found = refused(report(floor.manager, cut, **body), "LOT_NOT_USABLE")
    assert "expired" in found["detail"]


def test_promise_4_no_more_than_was_available_save_by_right_and_reason(floor: Floor) -> None:
    order, cut = floor.running(5)
    found = refused(report(floor.sawyer, cut, good=4, rework=2), "MORE_THAN_AVAILABLE")
    assert found["details"] == {"reported": 6, "available": 5}
    assert report(floor.sawyer, cut, good=6, over_reason="found one").status_code == 403
    refused(report(floor.manager, cut, good=6, over_reason=" "), "MORE_THAN_AVAILABLE")
    within = made(report(floor.manager, cut, good=4, over_reason="not needed"))
    over = made(report(floor.manager, cut, good=2, over_reason="found one"))
    assert (within["over_reason"], over["over_reason"]) == ("", "found one")
    weld = order["operations"][1]["id"]
    done(floor.welder.post(f"{API}/operations/{weld}/start"))
    refused(report(floor.welder, weld, good=7), "MORE_THAN_AVAILABLE")
    made(report(floor.welder, weld, good=6))


def test_promise_4_of_many_reports_at_once_no_more_is_counted_than_there_is(floor: Floor) -> None:
    _, cut = floor.running(5)
    calls = [reporting(floor.sawyer, cut, {"good": 2}) for _ in range(12)]
    assert statuses(at_once(floor.sawyer, calls)) == {201: 2, 409: 10}
    assert floor.operation(cut)["good"] == 4


def test_promise_5_sixteen_at_once_book_once(floor: Floor) -> None:
    _, cut = floor.running(50)
    bar = floor.bar(50)
    body = {"good": 2, "consumed": [{"lot": bar, "qty": 3}], "produced": [{"qty": 2}]}
    answers = at_once(floor.sawyer, [reporting(floor.sawyer, cut, body, key := str(uuid4()))] * 16)
    assert statuses(answers) == {201: 16}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 15
    assert (floor.operation(cut)["good"], floor.on_hand(bar)) == (2, 47)
    other = report(floor.sawyer, cut, key=key, **{**body, "good": 3})
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_promise_5_a_tablet_that_comes_back_after_days_has_booked_once(world: World, clock: MovableClock) -> None:
    floor = Floor(world)
    order, cut = floor.running(5)
    first = report(floor.sawyer, cut, key="tablet", good=1)
    done(floor.sawyer.post(f"{API}/operations/{cut}/end"))
    floor.do(order, "hold", reason="late")
    world.sql("DELETE FROM portico.idempotency_keys")
    clock.move(days=9)
    again = report(floor.manager, cut, key="tablet", good=1)
    assert (again.status_code, again.json()) == (201, made(first))
    assert floor.operation(cut)["good"] == 1
    assert report(floor.manager, cut, key="tablet", good=2).json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_promise_5_a_key_is_its_company_s_and_is_required(floor: Floor, shared_world: World) -> None:
    theirs = Floor(shared_world, shared_world.theirs)
    _, ours_cut = floor.running(5)
    _, theirs_cut = theirs.running(5)
    first = made(report(floor.sawyer, ours_cut, key="same", good=1))
    second = made(report(theirs.sawyer, theirs_cut, key="same", good=1))
    assert first["id"] != second["id"]
    assert floor.sawyer.post(f"{API}/operations/{ours_cut}/report", json={"good": 1}).status_code == 422
    assert report(theirs.sawyer, ours_cut, good=1).status_code == 404
    assert theirs.sawyer.get(f"{API}/reports/{first['id']}").status_code == 404


def test_pieces_are_cut_at_one_station_and_completed_at_the_last(floor: Floor) -> None:
    planned = [floor.piece() for _ in range(2)]
    order = floor.released(2, piece_ids=[each["id"] for each in planned])
    cut, weld = (each["id"] for each in order["operations"])
    codes = [each["barcode"] for each in planned]
    bar, glue = floor.bar(20), floor.bar(1, floor.table)
    done(floor.sawyer.post(f"{API}/operations/{cut}/start"))
    consumed = [{"lot": bar, "qty": 8}]
    booked = made(report(floor.sawyer, cut, good=2, consumed=consumed, produced=[{"piece": code} for code in codes]))
    assert [each["lot"] for each in booked["produced"]] == codes, "a piece's lot has its barcode for a code"
    assert states(floor, planned) == ["in_production"] * 2
    done(floor.welder.post(f"{API}/operations/{weld}/start"))
    passing = {"good": 1, "consumed": [{"lot": glue, "qty": 0.1}], "produced": [{"piece": codes[0]}]}
    made(report(floor.welder, weld, **passing))
    assert states(floor, planned) == ["completed", "in_production"]
    parents = floor.world.sql(
        """SELECT p.code FROM factory.genealogy AS g JOIN factory.lots AS p ON p.id = g.parent_id
        JOIN factory.lots AS c ON c.id = g.child_id WHERE c.code = %(code)s ORDER BY g.parent_id""",
        code=codes[0],
    )
    assert [row["code"] for row in parents] == [bar, glue], "what goes into a piece later is found, too"
    stranger = floor.piece()
    assert report(floor.welder, weld, good=1, produced=[{"piece": stranger["barcode"]}]).status_code == 422


def test_a_scrapped_piece_leaves_the_stock_and_is_replaced_in_the_same_order(floor: Floor) -> None:
    piece = floor.piece()
    order = floor.released(2, piece_ids=[piece["id"]])
    cut = order["operations"][0]["id"]
    bar = floor.bar(20)
    done(floor.sawyer.post(f"{API}/operations/{cut}/start"))
    consumed = [{"lot": bar, "qty": 4}]
    made(report(floor.sawyer, cut, good=1, consumed=consumed, produced=[{"piece": piece["barcode"]}]))
    weld = order["operations"][1]["id"]
    done(floor.welder.post(f"{API}/operations/{weld}/start"))
    scrap = [{"reason": floor.reason, "piece": piece["barcode"]}]
    made(report(floor.welder, weld, scrap=scrap))
    assert (states(floor, [piece]), floor.on_hand(piece["barcode"])) == (["scrapped"], 0)
    another = made(floor.manager.post(f"{API}/pieces/{piece['id']}/replace"))
    assert (another["replaces_id"], another["work_order_id"]) == (piece["id"], order["id"])
    made(report(floor.sawyer, cut, good=1, consumed=consumed, produced=[{"piece": another["barcode"]}]))
    assert floor.on_hand(another["barcode"]) == 1


def test_promise_1_a_report_is_taken_back_by_its_opposite(floor: Floor) -> None:
    order, cut = floor.running(10)
    bar = floor.bar(20)
    scrap = [{"qty": 1, "reason": floor.reason}]
    consumed = [{"lot": bar, "qty": 20, "lost": 1, "returned": 2}]
    booked = made(report(floor.sawyer, cut, good=3, scrap=scrap, consumed=consumed, produced=[{"qty": 3}]))
    path, body = f"{API}/reports/{booked['id']}/reverse", {"reason": "the wrong order"}
    assert floor.sawyer.post(path, json=body).status_code == 403
    issue = floor.world.sql("SELECT id FROM factory.movements WHERE report_id = %(id)s", id=booked["id"])[0]["id"]
    alone = floor.manager.post(f"{API}/movements/{issue}/reverse", json=body)
    assert alone.json()["code"] == "PART_OF_A_REPORT", "one line alone would break the balance of masses"
    token = floor.manager.headers["Authorization"].removeprefix("Bearer ")
    answers = at_once(floor.manager, [Call("POST", path, body, token)] * 6)
    assert statuses(answers) == {201: 1, 409: 5}
    (opposite,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert (opposite["good"], opposite["scrap"], opposite["reverses_id"]) == (-3, -1, booked["id"])
    assert opposite["scrapped"] == [{"reason": floor.reason, "quantity": -1}]
    assert [each["in_product"] for each in opposite["consumed"]] == [-17]
    assert [each["quantity"] for each in opposite["produced"]] == [-3]
    assert floor.on_hand(bar) == 20
    assert floor.on_hand(booked["produced"][0]["lot"]) == 0
    assert floor.operation(cut)["available"] == 10
    refused(floor.manager.post(f"{API}/reports/{opposite['id']}/reverse", json=body), "REPORT_STANDS")
    second = made(report(floor.sawyer, cut, good=2))
    weld = order["operations"][1]["id"]
    done(floor.welder.post(f"{API}/operations/{weld}/start"))
    made(report(floor.welder, weld, good=1))
    refused(floor.manager.post(f"{API}/reports/{second['id']}/reverse", json=body), "REPORT_STANDS")


def test_rework_is_put_aside_and_comes_back(floor: Floor) -> None:
    _, cut = floor.running(5)
    made(report(floor.sawyer, cut, good=3, rework=2))
    refused(report(floor.sawyer, cut, good=1), "MORE_THAN_AVAILABLE")
    assert report(floor.sawyer, cut, good=3, reworked=3).status_code == 422
    made(report(floor.sawyer, cut, good=1, reworked=1))
    made(report(floor.sawyer, cut, scrap=[{"qty": 1, "reason": floor.reason}], reworked=1))
    shown = floor.operation(cut)
    assert (shown["good"], shown["scrap"], shown["rework"], shown["available"]) == (4, 1, 0, 0)


def test_reports_are_made_at_work_and_at_the_own_workstation(floor: Floor) -> None:
    order, cut = floor.running(5)
    assert report(floor.welder, cut, good=1).status_code == 403
    assert report(floor.company.operator.client, cut, good=1).status_code == 403, "at home nowhere"
    assert report(floor.company.key, cut, good=1).status_code == 403
    refused(report(floor.manager, order["operations"][1]["id"], good=1), "NOT_AT_WORK")
    floor.do(order, "hold", reason="wait")
    found = refused(report(floor.sawyer, cut, good=1), "NOT_AT_WORK")
    assert "held" in found["detail"]
    floor.do(order, "resume")
    made(report(floor.sawyer, cut, good=1))
    assert report(floor.sawyer, cut, scrap=[{"qty": 1, "reason": "no such"}]).status_code == 422
    assert report(floor.sawyer, cut).status_code == 422


def states(floor: Floor, pieces: list[dict[str, Any]]) -> list[str]:
    rows = floor.world.sql(
        "SELECT state FROM factory.pieces WHERE id = ANY(%(ids)s) ORDER BY id", ids=[each["id"] for each in pieces]
    )
    return [row["state"] for row in rows]


def reporting(client: httpx.Client, operation: int, body: dict[str, Any], key: str | None = None) -> Call:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    headers = {"Idempotency-Key": key or str(uuid4())}
    return Call("POST", f"{API}/operations/{operation}/report", body, token, headers)


def refused(found: httpx.Response, code: str, status: int = 409) -> dict[str, Any]:
    assert (found.status_code, found.json()["code"]) == (status, code), found.text
    body: dict[str, Any] = found.json()
    return body
