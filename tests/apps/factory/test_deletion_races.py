"""A deletion at the same moment as what it has to know of: one of them comes first, and the other one sees it."""

from collections import Counter

from tests.apps.factory.floor import Floor
from tests.apps.factory.structure import found, planned
from tests.apps.factory.world import API, World
from tests.contract.shop import unique
from tests.races import Call, insist

ROUNDS = 12
ORPHANS = """
    SELECT p.barcode FROM factory.pieces AS p
    JOIN factory.assemblies AS a ON a.company_id = p.company_id AND a.id = p.assembly_id
    JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
    JOIN factory.projects AS j ON j.company_id = c.company_id AND j.id = c.project_id
    LEFT JOIN factory.work_orders AS o ON o.company_id = j.company_id AND o.project_id = j.id AND o.state = 'draft'
    WHERE p.deleted_at IS NULL AND (a.deleted_at IS NOT NULL OR c.deleted_at IS NOT NULL OR j.deleted_at IS NOT NULL)
        OR c.deleted_at IS NULL AND j.deleted_at IS NOT NULL
        OR p.deleted_at IS NOT NULL AND p.work_order_id IS NOT NULL
        OR j.deleted_at IS NOT NULL AND o.id IS NOT NULL"""


def test_promise_7_nothing_is_added_to_a_project_while_it_is_deleted(shared_world: World) -> None:
    """By a sync, by hand, or by a work order that takes its pieces."""
    ours, floor = shared_world.ours, Floor(shared_world)
    seen: Counter[str] = Counter()
    for turn in range(ROUNDS):
        code = planned(ours, components=2, pieces=5)
        project = found(ours.admin.client, "projects", code)
        piece = found(ours.admin.client, "pieces", f"{code}-C1-A0-0")
        assert project is not None
        assert piece is not None
        headers = dict(ours.manager.client.headers)
        order = {"code": unique("order"), "routing_id": floor.routing["id"], "article_id": floor.article["id"],
                 "quantity": 1, "project_id": project["id"], "piece_ids": [piece["id"]]}  # fmt: skip
        entries = [{"code": f"{code}-C0-A0-{n}", "assembly_code": f"{code}-C0-A0"} for n in range(3, 9)]
        calls = [
            Call("DELETE", f"{API}/projects/{project['id']}", headers=dict(ours.admin.client.headers)),
            Call("POST", f"{API}/sync/pieces", {"pieces": entries}, headers=dict(ours.key.headers)),
            Call("POST", f"{API}/components", {"project_id": project["id"], "code": f"{code}-new"}, headers=headers),
            Call("POST", f"{API}/work-orders", order, headers=headers),
        ]
        calls = calls[turn % 4 :] + calls[: turn % 4]
        for call, answer in zip(calls, insist(ours.admin.client, calls), strict=True):
            assert answer.status_code in (200, 201, 204, 400, 404, 409), answer.text
            seen[f"{call.method} {answer.is_success}"] += 1
        assert shared_world.sql(ORPHANS) == []
    assert seen["DELETE True"], seen
    assert seen["POST False"], seen


def test_promise_7_a_component_and_its_project_are_deleted_and_restored_at_once(shared_world: World) -> None:
    ours = shared_world.ours
    code = planned(ours, components=3, pieces=4)
    headers = dict(ours.admin.client.headers)
    paths = [f"{API}/projects/{(found(ours.admin.client, 'projects', code) or {})['id']}"]
    for n in range(3):
        paths.append(f"{API}/components/{(found(ours.admin.client, 'components', f'{code}-C{n}') or {})['id']}")
    for _ in range(4):
        calls = [Call("DELETE", path, headers=headers) for path in paths]
        calls += [Call("POST", f"{path}/restore", headers=headers) for path in reversed(paths)]
        for answer in insist(ours.admin.client, calls):
            assert answer.status_code in (200, 204, 409), answer.text
        assert shared_world.sql(ORPHANS) == []
