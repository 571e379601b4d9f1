"""One search over everything that has words, over HTTP."""

from typing import Any

from tests.apps.releases.world import SHA, World, done
from tests.contract.shop import made

PATH = "/api/v1/search"


def found(world: World, q: str, **params: Any) -> dict[str, Any]:
    return done(world.viewer.client.get(PATH, params={"q": q, **params}))


def kinds(answer: dict[str, Any]) -> set[tuple[str, int]]:
    return {(each["type"], each["id"]) for each in answer["items"]}


def test_every_type_is_found_by_its_words(shared_world: World) -> None:
    world = shared_world
    service = world.new_service(team_id=world.team["id"], description="Keeps the wallets of walruses.")
    changes = [
        {"sha": SHA, "message": "feat: count wallets <b>twice</b>"},
        {"sha": "b" * 40, "message": "fix: rounding"},
    ]
    release = world.published("3.1.4", service_id=service["id"], changes=changes)
    noted = world.draft("3.1.5", service_id=service["id"], notes="A wallet may be empty.")
    post = world.manager.client.post
    defect = made(post(f"/api/v1/releases/{release['id']}/defects", json={"title": "Two wallets"}))
    incident = made(post("/api/v1/incidents", json={
        "service_id": service["id"], "environment_id": world.environments["dev"], "title": "Empty",
        "description": "All wallets are empty.",
    }))  # fmt: skip
    steps = [{"title": "Close", "text": "Close each wallet"}]
    runbook = made(post("/api/v1/runbooks", json={"title": "Nothing left", "steps": steps}))
    expected = {
        ("service", service["id"]), ("release", release["id"]), ("release", noted["id"]), ("defect", defect["id"]),
        ("incident", incident["id"]), ("runbook", runbook["id"]),
    }  # fmt: skip
    answer = found(world, "wallet")
    assert kinds(answer) == kinds(found(world, "walle")) == expected
    assert answer["totals"] == {"service": 1, "release": 2, "defect": 1, "incident": 1, "runbook": 1}
    assert (answer["total"], answer["next_cursor"]) == (6, None)
    by_type = {(each["type"], each["id"]): each for each in answer["items"]}
    shown = by_type["release", release["id"]]
    assert shown["title"] == f"{service['name']} 3.1.4"
    assert shown["highlight"] == "count <mark>wallets</mark> &lt;b&gt;twice&lt;/b&gt;\nrounding"
    assert by_type["runbook", runbook["id"]]["highlight"] == "Close\nClose each <mark>wallet</mark>"
    assert kinds(found(world, "3.1.4")) == {("release", release["id"])}
    assert found(world, "nonsense")["items"] == []


def test_a_draft_is_found_by_the_changes_that_it_has_now(shared_world: World) -> None:
    world = shared_world
    draft = world.draft(changes=[{"sha": SHA, "message": "fix: aardvarks"}])
    path = f"/api/v1/releases/{draft['id']}"
    assert kinds(found(world, "aardvark")) == {("release", draft["id"])}
    done(world.manager.client.put(path, json={"changes": [{"sha": SHA, "message": "fix: badgers"}]}))
    assert (kinds(found(world, "aardvark")), kinds(found(world, "badger"))) == (set(), {("release", draft["id"])})
    done(world.manager.client.put(path, json={"changes": []}))
    assert found(world, "badger")["items"] == []


def test_one_type_goes_on_page_by_page(shared_world: World) -> None:
    world = shared_world
    path = f"/api/v1/releases/{world.published()['id']}/defects"
    ids = {made(world.manager.client.post(path, json={"title": "The zebra leaks"}))["id"] for _ in range(5)}
    assert len(found(world, "zebra", limit=3)["items"]) == 3
    seen, cursor = [], None
    while True:
        page = found(world, "zebra", type="defect", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)
    for wrong in ({"cursor": "x"}, {"cursor": "x", "type": "defect"}, {"type": "user"}, {"q": ""}):
        assert world.viewer.client.get(PATH, params={"q": "zebra", **wrong}).status_code == 422
    assert world.nobody.get(PATH, params={"q": "zebra"}).status_code == 401
