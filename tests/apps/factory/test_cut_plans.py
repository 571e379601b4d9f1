"""Cut plans over HTTP: what may be planned, what accepting one says of the pieces, and when it holds no more."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from portico.apps.factory.cut_plans import solving
from portico.apps.factory.cut_plans.problem import Part, Stock
from tests.apps.factory.world import API, Company, World, done
from tests.contract.shop import made, unique
from tests.races import Call, at_once, statuses

BARS = {"stock": [{"length": 6500}], "kerf": 3.2, "trim": 15, "min_remnant": 400}


@pytest.fixture
def ours(shared_world: World) -> Company:
    return shared_world.ours


def new_pieces(world: World, *lengths: float, profile: str = "70-frame") -> list[dict[str, Any]]:
    project = world.add("projects", code=unique("project"))
    component = world.add("components", code=unique("component"), project_id=project["id"])
    assembly = world.add("assemblies", code=unique("assembly"), component_id=component["id"])
    return [
        world.add("pieces", barcode=unique("piece"), assembly_id=assembly["id"], outer_length=each, profile=profile)
        for each in lengths
    ]


def plan_for(company: Company, pieces: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    body = {**BARS, "pieces": [{"piece_id": each["id"]} for each in pieces], **more}
    return made(company.manager.client.post(f"{API}/cut-plans", json=body))


def test_a_plan_shows_its_bars_and_what_it_is_worth(ours: Company, shared_world: World) -> None:
    """6470 between the trims: 2 x 2500 + 1460 + 2 x 3.2 leaves 3.6, which is 0.4 behind the last cut."""
    pieces = new_pieces(shared_world, 2500, 2500, 1460)
    body = {
        **BARS, "stock": [{"length": 6500}, {"length": 2000, "qty": 1}],
        "pieces": [
            {"piece_id": pieces[0]["id"]}, {"barcode": pieces[1]["barcode"]}, {"piece_id": pieces[2]["id"]},
            {"length": 700, "qty": 2, "label": "Sill"},
        ],
    }  # fmt: skip
    plan = made(ours.manager.client.post(f"{API}/cut-plans", json=body))
    assert (plan["state"], plan["profile"], plan["bars"], plan["pieces"]) == ("draft", "70-frame", 2, 5)
    assert (plan["material"], plan["bound"]) == (8500, 8000)
    assert (plan["cut_length"], plan["yield_percent"], plan["gap_percent"]) == (7860, 92.47, 6.25)
    long, short = plan["plan"]
    assert [cut["length"] for cut in long["cuts"]] == [2500, 2500, 1460]
    assert {cut["barcode"] for cut in long["cuts"]} == {each["barcode"] for each in pieces}
    assert (long["rest"], long["is_remnant"]) == (0.4, False)
    assert [(cut["label"], cut["length"]) for cut in short["cuts"]] == [("Sill", 700), ("Sill", 700)]
    assert (short["rest"], short["is_remnant"], plan["remnants"]) == (563.6, True, 563.6)
    assert plan["waste"] == pytest.approx(8500 - 7860 - 563.6)
    assert done(ours.floor.get(f"{API}/cut-plans/{plan['id']}")) == plan
    listed = done(ours.floor.get(f"{API}/cut-plans", params={"limit": 1}))["items"][0]
    assert listed == {name: plan[name] for name in listed}


def test_accepting_says_of_each_piece_which_bar_it_is_cut_from_and_once(ours: Company, shared_world: World) -> None:
    pieces = new_pieces(shared_world, 3000, 3000, 3000)
    plan = plan_for(ours, pieces)
    path = f"{API}/cut-plans/{plan['id']}/accept"
    call = Call("POST", path, {}, headers={"Authorization": ours.manager.client.headers["Authorization"]})
    assert statuses(at_once(shared_world.nobody, [call] * 4)) == {200: 1, 409: 3}
    assert ours.manager.client.post(path).json()["code"] == "PLAN_ACCEPTED"
    shown = done(ours.manager.client.get(f"{API}/cut-plans/{plan['id']}"))
    assert (shown["state"], shown["accepted_by"]) == ("accepted", plan["user_name"])
    for bar in shown["plan"]:
        for cut in bar["cuts"]:
            piece = done(ours.manager.client.get(f"{API}/pieces/{cut['piece_id']}"))
            assert piece["bar_id"] == bar["bar_id"]
            assert (piece["bar_length"], piece["bar_rest"]) == (6500, bar["rest"])
            assert piece["state"] == "planned"


def test_of_two_plans_for_a_piece_one_is_accepted(ours: Company, shared_world: World) -> None:
    pieces = new_pieces(shared_world, 1000, 2000)
    first, second = plan_for(ours, pieces), plan_for(ours, pieces)
    headers = {"Authorization": ours.manager.client.headers["Authorization"]}
    calls = [Call("POST", f"{API}/cut-plans/{each['id']}/accept", {}, headers=headers) for each in (first, second)]
    answers = at_once(shared_world.nobody, calls)
    assert statuses(answers) == {200: 1, 409: 1}
    (refused,) = [each.json() for each in answers if each.status_code == 409]
    assert refused["code"] == "PLAN_OUTDATED"
    assert set(refused["details"]["pieces"]) == {each["barcode"] for each in pieces}
    body = {**BARS, "pieces": [{"piece_id": pieces[0]["id"]}]}
    again = ours.manager.client.post(f"{API}/cut-plans", json=body)
    assert again.status_code == 422
    assert "is planned on bar CP" in again.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("outer_length = 1001", "has another length or profile"),
        ("state = 'in_production'", "is in_production by now"),
        ("deleted_at = now()", "is deleted"),
    ],
)
def test_a_plan_whose_pieces_have_changed_is_refused(
    ours: Company, shared_world: World, change: str, told: str
) -> None:
    pieces = new_pieces(shared_world, 1000, 2000)
    plan = plan_for(ours, pieces)
    shared_world.sql(f"UPDATE factory.pieces SET {change} WHERE id = %(id)s", id=pieces[0]["id"])
    found = ours.manager.client.post(f"{API}/cut-plans/{plan['id']}/accept")
    assert (found.status_code, found.json()["code"]) == (409, "PLAN_OUTDATED")
    assert found.json()["details"]["pieces"] == {pieces[0]["barcode"]: told}
    (other,) = shared_world.sql("SELECT bar_id FROM factory.pieces WHERE id = %(id)s", id=pieces[1]["id"])
    assert other["bar_id"] == ""


def test_not_enough_stock_names_what_is_left_over(ours: Company, shared_world: World) -> None:
    (piece,) = new_pieces(shared_world, 6471)
    body = {**BARS, "stock": [{"length": 6500, "qty": 1}], "pieces": [
        {"piece_id": piece["id"]}, {"length": 4000, "qty": 2, "label": "Sill"},
    ]}  # fmt: skip
    found = ours.manager.client.post(f"{API}/cut-plans", json=body)
    assert (found.status_code, found.json()["code"]) == (422, "NOT_ENOUGH_STOCK")
    assert found.json()["details"]["left_over"] == [
        {"length": 6471, "piece_id": piece["id"], "barcode": piece["barcode"]},
        {"length": 4000, "label": "Sill"},
    ]


def test_what_cannot_be_planned_is_told_by_its_place(ours: Company, shared_world: World) -> None:
    frame, sash = *new_pieces(shared_world, 1000), *new_pieces(shared_world, 900, profile="70-sash")
    foreign = shared_world.theirs
    project = shared_world.add("projects", code=unique("project"), company_id=foreign.id)
    body = {**BARS, "pieces": [
        {"piece_id": frame["id"]}, {"barcode": frame["barcode"]}, {"piece_id": sash["id"]},
        {"barcode": "nowhere"}, {"piece_id": project["id"] + 10**6},
    ]}  # fmt: skip
    found = ours.manager.client.post(f"{API}/cut-plans", json=body)
    assert found.status_code == 422
    told = {each["field"]: each["message"] for each in found.json()["errors"]}
    assert told == {
        "pieces.1": f"names the piece {frame['barcode']} again",
        "pieces.2": f"the piece {sash['barcode']} is of another profile: 70-sash",
        "pieces.3": "is no piece",
        "pieces.4": "is no piece",
    }
    for wrong in ({}, {"length": 5, "piece_id": 1}, {"length": 0}, {"length": 1.234}, {"piece_id": 1, "qty": 2}):
        answer = ours.manager.client.post(f"{API}/cut-plans", json={**BARS, "pieces": [wrong]})
        assert answer.status_code == 422, answer.text


def test_others_see_no_plan_and_operators_make_none(ours: Company, shared_world: World) -> None:
    plan = plan_for(ours, new_pieces(shared_world, 1000))
    theirs = shared_world.theirs.manager.client
    assert theirs.get(f"{API}/cut-plans/{plan['id']}").status_code == 404
    assert theirs.post(f"{API}/cut-plans/{plan['id']}/accept").status_code == 404
    foreign = theirs.post(
        f"{API}/cut-plans", json={**BARS, "pieces": [{"piece_id": plan["plan"][0]["cuts"][0]["piece_id"]}]}
    )
    assert foreign.json()["errors"] == [{"field": "pieces.0", "message": "is no piece"}]
    assert ours.floor.post(f"{API}/cut-plans/{plan['id']}/accept").status_code == 403


def test_one_key_plans_once_and_a_system_administrator_plans_in_the_company_that_is_named(
    ours: Company, shared_world: World
) -> None:
    body = {**BARS, "pieces": [{"piece_id": new_pieces(shared_world, 1000)[0]["id"]}]}
    headers = {"Idempotency-Key": unique("plan")}
    first, second = (made(ours.boss.post(f"{API}/cut-plans", json=body, headers=headers)) for _ in range(2))
    assert first == second
    assert done(ours.manager.client.get(f"{API}/cut-plans/{first['id']}")) == first


async def test_plans_wait_for_one_another_and_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "WAITING", 2)
    solver = solving.Solver()
    lengths = {"kerf": Decimal(0), "trim": Decimal(0), "min_remnant": Decimal(0)}
    asked = [solver.solve([Stock(Decimal(10))], [Part(0, Decimal(5))], **lengths) for _ in range(3)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each).__name__ for each in found] == ["Plan", "Plan", "SolverBusy"]
    monkeypatch.setattr(solving, "LONGEST", 0.001)
    with pytest.raises(solving.SolverFailed):
        await solver.solve([Stock(Decimal(10))], [Part(0, Decimal(5))], **lengths)
