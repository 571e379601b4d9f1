"""Projects, components, assemblies and pieces over HTTP: what is planned, what is made, what is replaced."""

from typing import Any

import httpx
import pytest

from tests.apps.factory.structure import CUT, found, path_of, planned, sync
from tests.apps.factory.world import API, World, done
from tests.contract.shop import made, unique
from tests.races import Call, insist, statuses


def test_a_project_is_made_by_hand_from_the_top_down(shared_world: World) -> None:
    manager, code = shared_world.ours.manager.client, unique("P")
    project = made(manager.post(f"{API}/projects", json={"code": code, "due_on": "2027-02-01"}))
    assert (project["due_on"], project["components"], project["percent_done"]) == ("2027-02-01", [], 0)
    component = made(manager.post(f"{API}/components", json={"project_id": project["id"], "code": code}))
    assembly = made(manager.post(f"{API}/assemblies", json={"component_id": component["id"], "code": code}))
    article = made(manager.post(f"{API}/articles", json={"code": code, "unit": "m"}))
    body = {"assembly_id": assembly["id"], "barcode": code, "article_id": article["id"], "operations": ["drill"], **CUT}
    piece = made(manager.post(f"{API}/pieces", json=body))
    assert (piece["project"], piece["component"], piece["article"], piece["state"]) == (code, code, code, "planned")
    assert {name: piece[name] for name in CUT} == CUT
    assert done(manager.get(f"{API}/assemblies/{assembly['id']}"))["parts"] == [piece]


def test_promise_6_a_code_is_used_once_for_ever_in_a_company(shared_world: World) -> None:
    ours, code = shared_world.ours, unique("P")
    project = made(ours.manager.client.post(f"{API}/projects", json={"code": code}))
    made(shared_world.theirs.manager.client.post(f"{API}/projects", json={"code": code}))
    for _ in range(2):
        taken = ours.manager.client.post(f"{API}/projects", json={"code": code})
        assert (taken.status_code, taken.json()["code"]) == (409, "CODE_TAKEN")
        ours.admin.client.delete(f"{API}/projects/{project['id']}")
    renamed = ours.manager.client.put(f"{API}/projects/{project['id']}", json={"code": "other"})
    assert renamed.status_code == 422


def test_promise_6_one_of_many_at_once_gets_the_code(shared_world: World) -> None:
    ours, code = shared_world.ours, planned(shared_world.ours)
    assembly = found(ours.manager.client, "assemblies", f"{code}-C0-A0")
    assert assembly is not None
    body = {"assembly_id": assembly["id"], "barcode": f"{code}-one"}
    headers = dict(ours.manager.client.headers)
    entry = {"pieces": [{"code": f"{code}-one", "assembly_code": assembly["code"]}]}
    calls = [Call("POST", f"{API}/pieces", body, headers=headers)] * 8
    synced = [Call("POST", f"{API}/sync/pieces", entry, headers=dict(ours.key.headers))] * 4
    answers = insist(ours.manager.client, [*calls, *synced])
    assert statuses(answers[8:]) == {200: 4}
    assert statuses(answers[:8])[201] <= 1
    assert statuses(answers[:8])[201] + statuses(answers[:8])[409] == 8
    assert done(ours.manager.client.get(f"{API}/pieces", params={"barcode": f"{code}-one"}))["total"] == 1


def test_lists_take_filters_and_go_on(shared_world: World) -> None:
    manager = shared_world.ours.manager.client
    code = planned(shared_world.ours, components=2, assemblies=2, pieces=3)
    project, component, assembly = (
        (found(manager, noun, each) or {})["id"]
        for noun, each in (("projects", code), ("components", f"{code}-C1"), ("assemblies", f"{code}-C1-A0"))
    )
    for filters, total in (
        ({"project": project}, 12), ({"component": component}, 6), ({"assembly": assembly}, 3),
        ({"project": project, "state": "completed"}, 0), ({"search": f"{code}-c0-a"}, 6),
        ({"project": project, "deleted": True}, 0), ({"barcode": f"{code}-C0-A0-2"}, 1), ({"search": "nothing"}, 0),
    ):  # fmt: skip
        page = done(manager.get(f"{API}/pieces", params={**filters, "limit": 100}))
        assert (page["total"], len(page["items"])) == (total, total), filters
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"project": project, "limit": 5, **({"cursor": cursor} if cursor else {})}
        page = done(manager.get(f"{API}/pieces", params=params))
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 12


def test_progress_counts_what_is_left_of_scrap(shared_world: World) -> None:
    manager, code = shared_world.ours.manager.client, planned(shared_world.ours, pieces=5)
    for place, state in enumerate(("completed", "shipped", "scrapped", "in_production")):
        _set(shared_world, f"{code}-C0-A0-{place}", state)
    for noun, each in (("projects", code), ("components", f"{code}-C0"), ("assemblies", f"{code}-C0-A0")):
        row = found(manager, noun, each)
        assert row is not None
        counts = {"planned": 1, "in_production": 1, "rework": 0, "completed": 1, "shipped": 1, "scrapped": 1}
        assert (row["pieces"], row["percent_done"]) == ({"total": 5, **counts}, 50.0)


def test_what_is_made_keeps_its_measures(shared_world: World) -> None:
    manager, code = shared_world.ours.manager.client, planned(shared_world.ours)
    path = path_of(manager, "pieces", f"{code}-C0-A0-0")
    first = manager.put(path, json={"outer_length": 800, "cell": "4"}, headers={"If-Match": '"1"'})
    assert (done(first)["outer_length"], first.headers["ETag"]) == (800, '"2"')
    assert manager.put(path, json={"cell": "5"}, headers={"If-Match": '"1"'}).status_code == 412
    _set(shared_world, f"{code}-C0-A0-0", "completed")
    refused = manager.put(path, json={"outer_length": 801, "colour": "red", "cell": "5"})
    assert (refused.status_code, refused.json()["code"]) == (409, "PIECE_IS_MADE")
    assert refused.json()["details"] == {"fields": ["colour", "outer_length"]}
    assert done(manager.put(path, json={"outer_length": 800, "cell": "5"}))["cell"] == "5"


def test_what_is_scrapped_is_replaced_once_and_again_under_the_next_code(shared_world: World) -> None:
    manager, code = shared_world.ours.manager.client, planned(shared_world.ours)
    barcode = f"{code}-C0-A0-0"
    path = path_of(manager, "pieces", barcode)
    early = manager.post(f"{path}/replace")
    assert (early.status_code, early.json()["code"]) == (409, "NOT_REPLACEABLE")
    _set(shared_world, barcode, "scrapped")
    done(sync(shared_world.ours, "pieces", {"code": f"{barcode}-R1", "assembly_code": f"{code}-C0-A0"}))

    calls = [Call("POST", f"{path}/replace", headers=dict(manager.headers))] * 4
    answers = insist(manager, calls)
    assert statuses(answers) == {201: 1, 409: 3}
    (first,) = (each.json() for each in answers if each.status_code == 201)
    assert (first["barcode"], first["replaces"], first["state"]) == (f"{barcode}-R2", barcode, "planned")
    assert {name: first[name] for name in CUT} == CUT
    assert done(manager.get(path))["replaced_by_id"] == first["id"]
    _set(shared_world, first["barcode"], "scrapped")
    second = made(manager.post(f"{API}/pieces/{first['id']}/replace"))
    assert (second["barcode"], second["replaces"]) == (f"{barcode}-R3", f"{barcode}-R2")


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("planned", {"produce", "scrap"}),
        ("in_production", {"produce", "complete", "rework", "scrap"}),
        ("rework", {"produce", "scrap"}),
        ("completed", {"rework", "scrap", "ship"}),
        ("shipped", set()),
        ("scrapped", {"replace"}),
    ],
)
def test_actions_say_what_may_be_done_and_why_the_rest_may_not(
    shared_world: World, state: str, allowed: set[str]
) -> None:
    manager, code = shared_world.ours.manager.client, planned(shared_world.ours)
    _set(shared_world, f"{code}-C0-A0-0", state)
    actions: Any = manager.get(f"{path_of(manager, 'pieces', f'{code}-C0-A0-0')}/actions").json()
    assert {each["action"] for each in actions if each["allowed"]} == allowed
    assert all(each["reasons"] for each in actions if not each["allowed"])


def test_operators_and_programs_read_and_do_not_plan(shared_world: World) -> None:
    ours, code = shared_world.ours, planned(shared_world.ours)
    for client in (ours.operator.client, ours.key):
        path = path_of(client, "projects", code)
        assert client.put(path, json={"name": "x"}).status_code == 403
        assert client.post(f"{API}/projects", json={"code": unique("P")}).status_code == 403


@pytest.mark.parametrize("noun", ["projects", "components", "assemblies", "pieces"])
def test_what_is_of_another_company_is_not_found(shared_world: World, noun: str) -> None:
    code = planned(shared_world.ours)
    codes = {"projects": code, "components": f"{code}-C0", "assemblies": f"{code}-C0-A0", "pieces": f"{code}-C0-A0-0"}
    path = path_of(shared_world.ours.admin.client, noun, codes[noun])
    theirs = shared_world.theirs.admin.client
    answers: list[httpx.Response] = [
        theirs.get(path), theirs.put(path, json={}), theirs.delete(path), theirs.post(f"{path}/restore"),
    ]  # fmt: skip
    assert [each.status_code for each in answers] == [404] * 4
    below = {"projects": ("components", "project_id", "code"), "components": ("assemblies", "component_id", "code"),
             "assemblies": ("pieces", "assembly_id", "barcode")}.get(noun)  # fmt: skip
    if below:
        body = {below[1]: int(path.rsplit("/", 1)[1]), below[2]: unique("x")}
        refused = theirs.post(f"{API}/{below[0]}", json=body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, below[1])


def _set(world: World, barcode: str, state: str) -> None:
    world.sql("UPDATE factory.pieces SET state = %(state)s WHERE barcode = %(code)s", state=state, code=barcode)
