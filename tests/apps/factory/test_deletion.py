"""What is deleted together comes back together, and nothing else with it: promise 7."""

from typing import Any

import pytest

from tests.apps.factory.structure import found, path_of, planned, sync
from tests.apps.factory.world import API, Company, World, done

NOUNS = ("projects", "components", "assemblies", "pieces")


def codes(company: Company, code: str, *, deleted: bool = False) -> set[str]:
    """The codes of everything that belongs to a project, as the lists show it."""
    client = company.admin.client
    seen = set()
    for noun in NOUNS:
        page = done(client.get(f"{API}/{noun}", params={"search": code, "deleted": deleted, "limit": 100}))
        seen |= {row.get("code") or row["barcode"] for row in page["items"]}
    return seen


def test_promise_7_a_component_deleted_before_its_project_stays_deleted(shared_world: World) -> None:
    """The clock stands still: even then the two deletions have stamps of their own."""
    ours = shared_world.ours
    admin = ours.admin.client
    code = planned(ours, components=2, assemblies=2, pieces=2)
    everything = codes(ours, code)
    component = path_of(admin, "components", f"{code}-C0")
    project = path_of(admin, "projects", code)
    assert len(everything) == 1 + 2 + 4 + 8

    assert admin.delete(component).status_code == 204
    gone = codes(ours, code, deleted=True)
    assert gone == {each for each in everything if each.startswith(f"{code}-C0")}
    assert admin.delete(project).status_code == 204
    assert codes(ours, code) == set()
    assert codes(ours, code, deleted=True) == everything

    refused = admin.post(f"{component}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "IS_DELETED")
    assert refused.json()["details"] == {"kind": "project", "code": code}
    done(admin.post(f"{project}/restore"))
    assert codes(ours, code, deleted=True) == gone
    done(admin.post(f"{component}/restore"))
    assert codes(ours, code) == everything


def test_promise_7_a_sync_revives_what_it_names_and_no_parent(shared_world: World) -> None:
    ours = shared_world.ours
    admin = ours.admin.client
    code = planned(ours)
    piece = {"code": f"{code}-C0-A0-0", "assembly_code": f"{code}-C0-A0"}
    assert admin.delete(path_of(admin, "projects", code)).status_code == 204

    refused = sync(ours, "pieces", piece)
    assert (refused.status_code, refused.json()["code"]) == (400, "UNKNOWN_PARENT")
    assert refused.json()["errors"][0]["message"] == f"{piece['code']}: the assembly {code}-C0-A0 is deleted"
    assert sync(ours, "projects", {"code": code}).json() == {"inserted": 0, "updated": 1}
    assert codes(ours, code) == {code}
    done(sync(ours, "components", {"code": f"{code}-C0", "project_code": code}))
    done(sync(ours, "assemblies", {"code": f"{code}-C0-A0", "component_code": f"{code}-C0"}))
    done(sync(ours, "pieces", piece))
    assert codes(ours, code) == {code, f"{code}-C0", f"{code}-C0-A0", piece["code"]}


@pytest.mark.parametrize("state", ["in_production", "completed", "shipped", "rework"])
def test_what_is_made_is_not_deleted(shared_world: World, state: str) -> None:
    ours, code = shared_world.ours, planned(shared_world.ours)
    barcode = f"{code}-C0-A0-1"
    shared_world.sql("UPDATE factory.pieces SET state = %(state)s WHERE barcode = %(code)s", state=state, code=barcode)
    for noun, each in zip(NOUNS, (code, f"{code}-C0", f"{code}-C0-A0", barcode), strict=True):
        refused = ours.admin.client.delete(path_of(ours.admin.client, noun, each))
        assert (refused.status_code, refused.json()["code"]) == (409, "IN_PRODUCTION")
        assert refused.json()["details"] == {"barcode": barcode, "state": state}
    assert len(codes(ours, code)) == 5


def test_a_project_with_an_open_work_order_is_not_deleted(shared_world: World) -> None:
    ours, code = shared_world.ours, planned(shared_world.ours)
    order = an_order(shared_world, code)
    path = path_of(ours.admin.client, "projects", code)
    refused = ours.admin.client.delete(path)
    assert refused.json()["details"] == {"work_order": order["code"], "state": "in_progress"}
    shared_world.sql("UPDATE factory.work_orders SET state = 'closed' WHERE id = %(id)s", id=order["id"])
    assert ours.admin.client.delete(path).status_code == 204


def an_order(world: World, code: str) -> dict[str, Any]:
    row = found(world.ours.admin.client, "projects", code)
    assert row is not None
    article = world.add("articles", code=f"{code}-article")
    routing = world.add("routings", code=f"{code}-routing", edition=1)
    return world.add(
        "work_orders", code=f"{code}-order", project_id=row["id"], routing_id=routing["id"], article_id=article["id"],
        quantity=1, state="in_progress",
    )  # fmt: skip


def test_an_article_that_is_needed_is_not_deleted(shared_world: World) -> None:
    admin, code = shared_world.ours.admin.client, planned(shared_world.ours)
    an_order(shared_world, code)
    refused = admin.delete(path_of(admin, "articles", f"{code}-article"))
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_PRODUCTION")
    other = shared_world.add("articles", code=f"{code}-other")
    path = f"{API}/articles/{other['id']}"
    assert admin.delete(path).status_code == 204
    assert admin.put(path, json={"name": "x"}).json()["code"] == "IS_DELETED"
    assert found(admin, "articles", other["code"], deleted=True) is not None
    assert done(admin.post(f"{path}/restore"))["deleted_at"] is None


def test_nothing_is_added_to_or_changed_in_what_is_deleted(shared_world: World) -> None:
    admin, code = shared_world.ours.admin.client, planned(shared_world.ours)
    component = found(admin, "components", f"{code}-C0")
    assert component is not None
    path = f"{API}/components/{component['id']}"
    assert admin.delete(path, headers={"If-Match": '"9"'}).status_code == 412
    assert admin.delete(path, headers={"If-Match": '"1"'}).status_code == 204
    refused = [
        admin.delete(path),
        admin.put(path, json={"name": "x"}),
        admin.post(f"{API}/assemblies", json={"component_id": component["id"], "code": f"{code}-new"}),
    ]
    assert [each.json()["code"] for each in refused] == ["IS_DELETED"] * 3


def test_nothing_is_shipped_for_a_project_that_is_deleted(shared_world: World) -> None:
    admin, code = shared_world.ours.admin.client, planned(shared_world.ours)
    project = found(admin, "projects", code)
    assert project is not None
    body = {"code": f"{code}-ship", "project_id": project["id"]}
    assert admin.delete(f"{API}/projects/{project['id']}").status_code == 204
    assert admin.post(f"{API}/shipments", json=body).json()["code"] == "IS_DELETED"
    assert admin.post(f"{API}/shipments", json={**body, "project_id": 999_999_999}).status_code == 422
    done(admin.post(f"{API}/projects/{project['id']}/restore"))
    assert admin.post(f"{API}/shipments", json=body).status_code == 201


def test_who_may_delete(shared_world: World) -> None:
    ours = shared_world.ours
    path = path_of(ours.admin.client, "projects", planned(ours))
    for client in (ours.manager.client, ours.operator.client, ours.key):
        assert client.delete(path).status_code == 403
        assert client.post(f"{path}/restore").status_code == 403
    assert shared_world.theirs.admin.client.delete(path).status_code == 404
    assert ours.boss.delete(path).status_code == 204
