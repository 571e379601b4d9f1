"""The event log: of engagements for their teams, of the firm for administrators, one chain of hashes for both."""

from typing import Any

import psycopg

from tests.apps.audit.world import API, World, done
from tests.contract.stall import problem

LOG = f"{API}/log"


def sealed(world: World) -> int:
    """The length of the chain, once the sealer has been here."""
    world.sql("SELECT portico.seal_events()")
    verdict = done(world.admin.client.get(f"{LOG}/verify"))
    assert (verdict["ok"], verdict["unsealed"]) == (True, 0), verdict
    return int(verdict["sealed"])


def test_the_team_reads_what_was_done_in_its_engagement(shared_world: World) -> None:
    for caller in ("lead", "auditor", "reviewer"):
        client = getattr(shared_world, caller).client
        events = done(client.get(LOG, params={"engagement": shared_world.id}))["events"]
        assert {each["object"] for each in events} == {f"engagement:{shared_world.id}"}
        assert [each["action"] for each in events][-1] == "engagement.planned"
        assert events[-1]["actor_name"] == shared_world.lead.email
        assert "member.appointed" in [each["action"] for each in events]
    first = done(client.get(LOG, params={"engagement": shared_world.id, "limit": 2}))
    second = done(client.get(LOG, params={"engagement": shared_world.id, "limit": 2, "cursor": first["next_cursor"]}))
    assert [each["id"] for each in [*first["events"], *second["events"]]] == [each["id"] for each in events[:4]]


def test_nobody_else_reads_it(shared_world: World) -> None:
    for caller in ("auditee", "stranger", "admin"):
        client = getattr(shared_world, caller).client
        problem(client.get(LOG, params={"engagement": shared_world.id}), 404, "NOT_FOUND")
    for person in (shared_world.auditee, shared_world.person()):
        problem(person.client.get(LOG), 403, "FORBIDDEN")


def test_without_an_engagement_the_team_reads_of_all_its_own(shared_world: World) -> None:
    colleague = shared_world.person(first_name="Cora")
    of_two = [shared_world.new_engagement(team={"auditor": [colleague]})["id"] for _ in range(2)]
    seen: list[dict[str, Any]] = []
    cursor: dict[str, Any] | None = {}
    while cursor is not None:
        page = done(colleague.client.get(LOG, params={"limit": 3, **cursor}))
        seen += page["events"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert {each["object"] for each in seen} == {f"engagement:{number}" for number in of_two}
    of_one = done(colleague.client.get(LOG, params={"engagement": of_two[1]}))["events"]
    assert seen[: len(of_one)] == of_one
    assert of_one[-1]["details"]["client_id"] == shared_world.company["id"]


def test_an_administrator_reads_what_was_done_and_nothing_of_its_content(shared_world: World) -> None:
    done(shared_world.lead.client.patch(shared_world.path, json={"objective": "A secret of the client's"}))
    found = shared_world.admin.client.get(LOG, params={"limit": 100})
    events = done(found)["events"]
    changed = next(each for each in events if each["action"] == "engagement.changed")
    assert changed["details"] == {"thing": f"engagement:{shared_world.id}"}
    assert "secret" not in found.text
    assert next(each for each in events if each["action"] == "client.created")["details"]["name"]
    own = done(shared_world.lead.client.get(LOG, params={"engagement": shared_world.id}))["events"]
    assert own[0]["details"]["objective"] == "A secret of the client's"


def test_the_team_and_administrators_verify_the_chain(shared_world: World) -> None:
    for caller, status in (("lead", 200), ("reviewer", 200), ("admin", 200), ("auditee", 403)):
        for path in ("head", "verify"):
            assert getattr(shared_world, caller).client.get(f"{LOG}/{path}").status_code == status
    assert shared_world.nobody.get(f"{LOG}/verify").status_code == 401


def test_promise_6_the_log_is_a_chain_whose_head_is_kept(world: World) -> None:
    length = sealed(world)
    head = done(world.lead.client.get(f"{LOG}/head"))
    assert head["seq"] == length > 0
    assert len(head["hash"]) == 64
    kept = {"head_seq": head["seq"], "head_hash": head["hash"]}
    world.lead.client.patch(world.path, json={"objective": "Another one"})
    assert sealed(world) > length
    assert done(world.auditor.client.get(f"{LOG}/verify", params=kept))["ok"]
    with psycopg.connect(world.url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE portico.event_log SET actor_name = 'somebody else' WHERE id = (%s)", [head["event_id"]])
    verdict = done(world.auditor.client.get(f"{LOG}/verify", params=kept))
    assert not verdict["ok"]
    assert verdict["fault"]["event_id"] == head["event_id"]


def test_every_change_is_logged_with_who_and_where_from(shared_world: World) -> None:
    number = shared_world.new_engagement(is_started=False)["id"]
    shared_world.move(number, "start", "submit-review")
    events = done(shared_world.lead.client.get(LOG, params={"engagement": number}))["events"]
    assert [each["action"] for each in events[:2]] == ["engagement.submitted_for_review", "engagement.started"]
    assert all(each["actor"] == str(shared_world.lead.user_id) and each["address"] for each in events)
