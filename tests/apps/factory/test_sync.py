"""A sync writes all or nothing, by codes, in the same few statements."""

from typing import Any

import pytest
from psycopg import AsyncCursor

from tests.apps.factory.structure import CUT, found, planned, sync
from tests.apps.factory.world import API, World, done
from tests.contract.shop import unique
from tests.races import Call, insist, statuses


def test_a_project_is_synced_from_the_top_down(shared_world: World) -> None:
    ours = shared_world.ours
    code = planned(ours, components=2, assemblies=2, pieces=3)
    project = found(ours.manager.client, "projects", code)
    assert project is not None
    assert project["pieces"]["total"] == project["pieces"]["planned"] == 12
    detail = done(ours.manager.client.get(f"{API}/projects/{project['id']}"))
    assert [each["pieces"]["total"] for each in detail["components"]] == [6, 6]
    piece = found(ours.operator.client, "pieces", f"{code}-C0-A0-0")
    assert piece is not None
    assert {name: piece[name] for name in CUT} == CUT


def test_what_is_absent_stays_as_it_was(shared_world: World) -> None:
    ours, code = shared_world.ours, unique("P")
    done(sync(ours, "projects", {"code": code, "name": "House", "customer": "Ivanov", "due_on": "2027-01-31"}))
    answer = sync(ours, "projects", {"code": code, "customer": "Petrov"}, {"code": f"{code}-2"})
    assert answer.json() == {"inserted": 1, "updated": 1}
    project = found(ours.manager.client, "projects", code)
    assert project is not None
    assert (project["name"], project["customer"], project["due_on"]) == ("House", "Petrov", "2027-01-31")


def test_what_is_sent_again_unchanged_keeps_its_version(shared_world: World) -> None:
    ours, code = shared_world.ours, unique("A")
    done(sync(ours, "articles", {"code": code, "name": "Sash"}))
    row = found(ours.manager.client, "articles", code)
    assert row is not None
    path = f"{API}/articles/{row['id']}"
    tags = []
    for name in ("Sash", "Frame"):
        assert sync(ours, "articles", {"code": code, "name": name}).json() == {"inserted": 0, "updated": 1}
        tags.append(ours.manager.client.get(path).headers["ETag"])
    assert tags == ['"1"', '"2"']


def test_an_unknown_parent_is_named_and_nothing_is_written(shared_world: World) -> None:
    ours, code = shared_world.ours, planned(shared_world.ours)
    entries = [
        {"code": f"{code}-new", "assembly_code": f"{code}-C0-A0"},
        {"code": f"{code}-lost", "assembly_code": "nowhere"},
        {"code": f"{code}-odd", "assembly_code": f"{code}-C0-A0", "article_code": "nothing"},
    ]
    answer = sync(ours, "pieces", *entries)
    assert (answer.status_code, answer.json()["code"]) == (400, "UNKNOWN_PARENT")
    assert answer.json()["errors"] == [
        {"field": "pieces.1.assembly_code", "message": f"{code}-lost: the assembly nowhere is not there"},
        {"field": "pieces.2.article_code", "message": f"{code}-odd: the article nothing is not there"},
    ]
    assert found(ours.manager.client, "pieces", f"{code}-new") is None


def test_another_company_s_parent_is_none(shared_world: World) -> None:
    code = planned(shared_world.theirs)
    answer = sync(shared_world.ours, "components", {"code": unique("C"), "project_code": code})
    assert (answer.status_code, answer.json()["code"]) == (400, "UNKNOWN_PARENT")


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ([{"code": "X-1"}, {"code": "X-2"}, {"code": "X-1"}], "projects"),
        ([], "projects"),
        ([{"code": f"X-{i}"} for i in range(1001)], "projects"),
        ([{"code": "X-1", "nmae": "House"}], "projects.0.nmae"),
        ([{"code": ""}], "projects.0.code"),
    ],
)
def test_a_wrong_list_is_refused_as_a_whole(shared_world: World, entries: list[dict[str, Any]], field: str) -> None:
    answer = sync(shared_world.ours, "projects", *entries)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert found(shared_world.ours.manager.client, "projects", "X-1") is None


def test_a_code_that_is_twice_is_named(shared_world: World) -> None:
    answer = sync(shared_world.ours, "projects", {"code": "Y-1"}, {"code": "Y-2"}, {"code": "Y-1"})
    assert answer.json()["errors"] == [{"field": "projects", "message": "more than once: Y-1"}]


def test_people_do_not_sync_and_neither_do_keys_that_only_read(shared_world: World) -> None:
    ours = shared_world.ours
    reader = shared_world.key("sync:read", company=ours)
    for client in (ours.admin.client, ours.boss, reader):
        assert client.post(f"{API}/sync/projects", json={"projects": [{"code": "Z"}]}).status_code == 403
    assert reader.get(f"{API}/pieces").status_code == 200
    assert shared_world.key("sync:write", company=ours).get(f"{API}/pieces").status_code == 403


def test_what_is_cut_keeps_its_measures_and_the_answer_says_so(shared_world: World) -> None:
    ours = shared_world.ours
    code = planned(ours, pieces=2)
    first, second = f"{code}-C0-A0-0", f"{code}-C0-A0-1"
    shared_world.sql("UPDATE factory.pieces SET state = 'in_production' WHERE barcode = %(code)s", code=first)
    place = {"assembly_code": f"{code}-C0-A0", "trolley": "T7"}
    assert sync(ours, "pieces", {"code": first, **place, **CUT}).json() == {"inserted": 0, "updated": 1}
    answer = sync(ours, "pieces", *({"code": each, **place, "outer_length": 99.25} for each in (first, second)))
    assert answer.json() == {"inserted": 0, "updated": 2, "kept": [first]}
    rows = [found(ours.manager.client, "pieces", each) or {} for each in (first, second)]
    assert [row["outer_length"] for row in rows] == [CUT["outer_length"], 99.25]
    assert [(row["state"], row["trolley"]) for row in rows] == [("in_production", "T7"), ("planned", "T7")]


def test_a_thousand_pieces_take_the_statements_of_one(shared_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, code = shared_world.ours, planned(shared_world.ours)
    counted, execute = [0], AsyncCursor.execute

    async def counting(*args: Any, **kwargs: Any) -> Any:
        counted[0] += 1
        return await execute(*args, **kwargs)

    monkeypatch.setattr(AsyncCursor, "execute", counting)
    taken = []
    for size in (1, 1000):
        entries = [{"code": f"{code}-{size}-{i}", "assembly_code": f"{code}-C0-A0", **CUT} for i in range(size)]
        counted[0] = 0
        assert sync(ours, "pieces", *entries).json() == {"inserted": size, "updated": 0}
        taken.append(counted[0])
    assert taken[0] == taken[1]


def test_a_body_of_more_than_a_mebibyte_is_taken(shared_world: World) -> None:
    ours, code = shared_world.ours, planned(shared_world.ours)
    operations = [{"drill": "x" * 1500}]
    entries = [
        {"code": f"{code}-big-{i}", "assembly_code": f"{code}-C0-A0", "operations": operations} for i in range(1000)
    ]
    assert sync(ours, "pieces", *entries).json() == {"inserted": 1000, "updated": 0}
    too_much = [{**entry, "operations": [{"drill": "x" * 9000}]} for entry in entries]
    assert sync(ours, "pieces", *too_much).status_code == 413


def test_syncs_of_the_same_codes_at_once_neither_block_one_another_nor_double(shared_world: World) -> None:
    ours, code = shared_world.ours, planned(shared_world.ours)
    codes = [f"{code}-race-{i}" for i in range(200)]
    calls = []
    for turn in range(8):
        order = codes[turn * 20 :] + codes[: turn * 20]
        entries = [
            {"code": each, "assembly_code": f"{code}-C0-A0"} for each in (reversed(order) if turn % 2 else order)
        ]
        calls.append(Call("POST", f"{API}/sync/pieces", {"pieces": entries}, headers=dict(ours.key.headers)))
    answers = insist(ours.key, calls)
    assert statuses(answers) == {200: 8}
    assert sum(each.json()["inserted"] for each in answers) == 200
