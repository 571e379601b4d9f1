"""What comes in by webhooks: promise 7, and what is done about it."""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any, LiteralString

import httpx
import psycopg
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.releases.hooking import (
    PROJECT,
    SECRETS,
    SHA,
    cdevent,
    deployment,
    gitlab,
    push,
    released,
    send,
    send_event,
    send_gitlab,
    signed,
    status,
)
from tests.apps.releases.world import World, done, open_world
from tests.clocks import MovableClock
from tests.contract.shop import unique
from tests.databases import Databases
from tests.races import Call, insist


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    """All three hooks have a secret and an account in the team."""
    url = databases.clone("empty", upgrade, worker=worker_id)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        with open_world(url) as world:
            world.hook_account("github")
            world.hook_account("gitlab")
            world.hook_account("cdevents", role="developer")
            yield world
    databases.drop(url)


@pytest.fixture
def repository(world: World) -> Iterator[str]:
    """The repository of a new service, which `service` finds."""
    url = f"https://github.com/Octo/{unique('shop')}"
    world.service = world.new_service(team_id=world.team["id"], repository_url=f"{url}.git")
    return url


def outcome(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return f"{answer.json()['status']} {answer.json()['object']}".strip()


def deliveries(world: World, **filters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(world.admin.client.get("/api/v1/hooks/deliveries", params=filters))["items"]
    return found


def test_promise_7_without_a_right_signature_nothing_is_taken(world: World, repository: str) -> None:
    body = released("v9.0.0", url=repository)
    event = cdevent("service.deployed", "shop", environment={"id": "dev"})
    before = len(deliveries(world))
    answers = [
        send(world.nobody, "release", body, secret="another-secret"),
        world.nobody.post("/api/v1/hooks/github", json=body),
        send_gitlab(world.nobody, gitlab("push", ref="refs/heads/main", after=SHA), token="another token"),
        world.nobody.post("/api/v1/hooks/gitlab", json={}),
        send_event(world.nobody, event, **{"webhook-signature": "v1,bm8="}),
        send_event(world.nobody, event, **{"webhook-timestamp": "1700000000"}),
        world.nobody.post("/api/v1/hooks/cdevents", json=event),
    ]
    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert len(deliveries(world)) == before
    assert releases(world) == []


def test_promise_7_a_delivery_is_taken_once(world: World, repository: str) -> None:
    first = send(world.nobody, "release", released("v1.0.0", url=repository), delivery="once-1")
    again = send(world.nobody, "release", released("v1.0.0", url=repository), delivery="once-1")
    other = send(world.nobody, "release", released("v1.0.0", url=repository), delivery="once-2")
    assert [answer.json()["status"] for answer in (first, again, other)] == ["taken", "repeated", "ignored"]
    assert len(releases(world)) == 1


def test_promise_7_a_cdevent_is_known_by_the_id_that_was_signed(world: World) -> None:
    event = cdevent("service.deployed", "nobody's", id="7", environment={"id": "dev"})
    assert send_event(world.nobody, event).json()["status"] == "ignored"
    assert send_event(world.nobody, event, structured=True).json()["status"] == "repeated"
    assert send_event(world.nobody, event, **{"ce-id": "8"}).status_code == 422


@pytest.mark.parametrize("order", [*permutations(range(3)), (3, 2, 1, 0)])
def test_promise_7_deliveries_come_in_any_order(world: World, repository: str, order: tuple[int, ...]) -> None:
    """Whatever comes first: the deployment is asked for once, and has succeeded in the end."""
    release = world.published(git_sha=SHA)
    said = [
        ("deployment", deployment(700, "dev", url=repository)),
        ("deployment_status", status("in_progress", 700, "dev", url=repository)),
        ("deployment_status", status("success", 700, "dev", url=repository)),
        ("deployment_status", status("success", 700, "dev", url=repository)),
    ]
    for place in order:
        assert send(world.nobody, *said[place]).status_code == 200
    found = deployments(world)
    assert [(each["state"], each["release_id"]) for each in found] == [("succeeded", release["id"])]
    assert found[0]["requester"] == "github"


def test_promise_7_deliveries_come_at_the_same_moment(world: World, repository: str) -> None:
    """Each twice, all at once: one deployment, each delivery taken once, and it has succeeded."""
    world.published(git_sha=SHA)
    said = [
        signed("deployment", deployment(800, "dev", url=repository), delivery=f"{repository} 0"),
        *(
            signed("deployment_status", status(state, 800, "dev", url=repository), delivery=f"{repository} {state}")
            for state in ("in_progress", "success")
        ),
    ]
    calls = [Call("POST", "/api/v1/hooks/github", content=raw, headers=headers) for raw, headers in said * 2]
    answers = insist(world.nobody, calls)
    assert [answer.json()["status"] for answer in answers].count("repeated") == len(said)
    assert [each["state"] for each in deployments(world)] == ["succeeded"]


def test_a_published_release_makes_a_draft_and_nothing_more(world: World, repository: str) -> None:
    answer = send(world.nobody, "release", released("v1.4.0", body="## What is new", url=repository))
    (draft,) = releases(world)
    assert outcome(answer) == f"taken release:{draft['id']}"
    assert (draft["version"], draft["state"]) == ("1.4.0", "draft")


@pytest.mark.parametrize("tag_first", [True, False])
def test_a_tag_and_its_release_make_one_draft(world: World, repository: str, tag_first: bool) -> None:
    said = [
        ("push", push("refs/tags/v2.0.0", url=repository)),
        ("release", released("v2.0.0", body="Notes", url=repository)),
    ]
    for each in said if tag_first else reversed(said):
        assert send(world.nobody, *each).json()["status"] == "taken"
    (draft,) = releases(world)
    shown = done(world.viewer.client.get(f"/api/v1/releases/{draft['id']}"))
    assert (shown["git_sha"], shown["notes"]) == (SHA, "Notes")


def test_a_release_that_is_published_here_stays_as_it_is(world: World, repository: str) -> None:
    release = world.published("3.0.0", git_sha="1" * 40)
    answer = send(world.nobody, "push", push("refs/tags/v3.0.0", url=repository))
    assert answer.json()["reason"] == f"release {release['id']} is published, and stays as it is"


def test_what_is_not_ours_is_ignored_by_name(world: World, repository: str) -> None:
    reasons = [
        send(world.nobody, event, body).json()["reason"]
        for event, body in (
            ("star", {"action": "created"}),
            ("push", push("refs/heads/main", url=repository)),
            ("push", push("refs/tags/v1.0.0", deleted=True, url=repository)),
            ("release", released("v1.0.0", url="https://github.com/octo/unheard-of")),
            ("release", released("nightly", url=repository)),
            ("deployment", deployment(1, "the moon", url=repository)),
            ("deployment", deployment(2, "dev", url=repository)),
        )
    ]
    assert reasons == [
        "nothing is done about star.created",
        "refs/heads/main: commits come with a release, or by import",
        "the tag v1.0.0 was removed: a release is withdrawn by people",
        "no service has this repository",
        "nightly is no version",
        "there is no environment the moon",
        f"no release of {world.service['name']} is main",
    ]
    assert {each["event"] for each in deliveries(world, source="github", outcome="ignored")} >= {"star.created", "push"}


def test_a_pipeline_in_github_runs_a_deployment(world: World, repository: str) -> None:
    release = world.published(git_sha=SHA)
    mine = world.requested(release, "dev")
    told = {"portico_deployment_id": mine["id"]}
    for state in ("queued", "in_progress"):
        send(world.nobody, "deployment_status", status(state, 31, "dev", payload=told, url=repository))
    assert deployments(world)[0]["agent"] == "github"
    answer = send(
        world.nobody, "deployment_status",
        status("failure", 31, "dev", description="no space left", payload=told, url=repository),
    )  # fmt: skip
    assert outcome(answer) == f"taken deployment:{mine['id']}"
    (found,) = deployments(world)
    assert (found["state"], found["cause"]) == ("failed", "no space left")


def test_a_hook_passes_by_no_rule(world: World, repository: str) -> None:
    """GitHub says that it runs in production: that is kept, and changes nothing."""
    world.published(git_sha=SHA)
    answer = send(world.nobody, "deployment_status", status("success", 41, "production", url=repository))
    assert answer.json()["status"] == "refused", answer.text
    assert answer.json()["reason"]
    assert [each["state"] for each in deployments(world)] in ([], ["awaiting_approval"], ["requested"], ["queued"])
    assert not [each for each in deployments(world) if each["started_at"]]


def test_a_pipeline_that_says_nothing_for_hours_is_not_lost(
    new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub sends no heartbeats. After six hours it is taken for lost, too."""
    clock = MovableClock()
    monkeypatch.setenv("RELEASES_GITHUB_SECRET", SECRETS["RELEASES_GITHUB_SECRET"])
    with open_world(new_database(), clock=clock) as world:
        world.hook_account("github")
        url = "https://github.com/Octo/slow"
        world.service = world.new_service(team_id=world.team["id"], repository_url=url)
        world.published(git_sha=SHA)
        send(world.nobody, "deployment_status", status("in_progress", 1, "dev", url=url))
        clock.move(hours=5)
        send(world.nobody, "deployment_status", status("success", 1, "dev", url=url))
        assert [each["state"] for each in deployments(world)] == ["succeeded"]
        send(world.nobody, "deployment_status", status("in_progress", 2, "dev", url=url))
        clock.move(hours=7)
        late = send(world.nobody, "deployment_status", status("success", 2, "dev", url=url))
        assert late.json()["status"] == "refused"
        assert [each["cause"] for each in deployments(world)] == ["agent lost", ""]


def test_a_hook_may_do_what_its_account_may(world: World) -> None:
    url = f"https://github.com/Octo/{unique('theirs')}"
    world.new_service(team_id=world.others["id"], repository_url=url)
    answer = send(world.nobody, "release", released("v1.0.0", url=url))
    assert answer.json()["status"] == "refused"
    assert answer.json()["reason"] == "You may not do this."


@pytest.mark.parametrize("change", ["is_active = false", "role = 'viewer'"])
def test_a_hook_without_an_account_does_nothing(world: World, repository: str, change: LiteralString) -> None:
    """Everybody may register: a viewer called `github` is nobody."""
    with psycopg.connect(world.url) as owner:
        owner.execute(f"UPDATE releases.users SET {change} WHERE username = 'github'")
    try:
        answer = send(world.nobody, "release", released("v1.0.0", url=repository))
    finally:
        with psycopg.connect(world.url) as owner:
            owner.execute("UPDATE releases.users SET is_active = true, role = 'pipeline' WHERE username = 'github'")
    assert answer.json()["status"] == "refused"
    assert answer.json()["reason"].startswith("there is no account github")
    assert releases(world) == []


def test_a_body_that_is_not_what_it_says_is_invalid_and_may_come_again(world: World, repository: str) -> None:
    broken = {"action": "published", "release": {"tag_name": 5}}
    found = send(world.nobody, "release", broken, delivery=f"{repository} broken")
    assert found.status_code == 422
    assert [each["field"] for each in found.json()["errors"]] == ["release.tag_name", "repository"]
    right = send(world.nobody, "release", released("v1.0.0", url=repository), delivery=f"{repository} broken")
    assert right.json()["status"] == "taken"


def test_gitlab_says_the_same_in_its_own_words(world: World) -> None:
    world.service = world.new_service(team_id=world.team["id"], repository_url=PROJECT, tag_prefix="v")
    tagged = send_gitlab(world.nobody, gitlab("tag_push", ref="refs/tags/v1.2.0", after=SHA))
    again = send_gitlab(
        world.nobody, gitlab("release", action="create", tag="v1.2.0", description="N", commit={"id": SHA})
    )
    (draft,) = releases(world)
    assert [outcome(each) for each in (tagged, again)] == [f"taken release:{draft['id']}"] * 2
    done(world.manager.client.post(f"/api/v1/releases/{draft['id']}/publish"))
    for state in ("created", "running", "success"):
        body = gitlab("deployment", status=state, deployment_id=15, environment="dev", short_sha=SHA[:8], ref="v1.2.0")
        assert send_gitlab(world.nobody, body).json()["status"] == "taken"
    assert [each["state"] for each in deployments(world)] == ["succeeded"]


def test_gitlab_without_a_key_is_known_by_its_event(world: World) -> None:
    body = gitlab("push", ref="refs/heads/main", after=SHA)
    uuid = {"X-Gitlab-Event-UUID": unique("event")}
    answers = [send_gitlab(world.nobody, body, **uuid).json()["status"] for _ in range(2)]
    assert answers == ["ignored", "repeated"]
    assert send_gitlab(world.nobody, body, **{"X-Other": "1"}).status_code == 422


def test_a_monitor_opens_an_incident_and_closes_it(world: World, repository: str) -> None:
    about = {"environment": {"id": "production"}, "service": {"id": world.service["name"]}}
    opened = send_event(world.nobody, cdevent("incident.detected", "i-1", description="Too slow", **about))
    repeated = send_event(world.nobody, cdevent("incident.detected", "i-1", description="Too slow", **about))
    closed = send_event(world.nobody, cdevent("incident.resolved", "i-1", description="Fast again", **about))
    assert [each.json()["status"] for each in (opened, repeated, closed)] == ["taken", "ignored", "taken"]
    assert opened.json()["object"] == closed.json()["object"]
    incident = done(world.viewer.client.get(f"/api/v1/incidents/{opened.json()['object'].partition(':')[2]}"))
    assert (incident["title"], incident["resolution"]) == ("Too slow", "Fast again")


def test_an_incident_that_ends_before_it_begins_is_over(world: World, repository: str) -> None:
    about = {"environment": {"id": "production"}, "service": {"id": world.service["name"]}}
    send_event(world.nobody, cdevent("incident.resolved", "i-2", **about))
    opened = send_event(world.nobody, cdevent("incident.detected", "i-2", **about))
    incident = done(world.viewer.client.get(f"/api/v1/incidents/{opened.json()['object'].partition(':')[2]}"))
    assert incident["resolved_at"] is not None


def test_a_cdevent_ends_what_is_under_way(world: World, repository: str) -> None:
    mine = world.requested(world.published("1.7.0"), "dev")
    event = cdevent(
        "service.deployed", world.service["name"], environment={"id": "dev"}, artifactId="pkg:oci/shop@1.7.0"
    )
    assert outcome(send_event(world.nobody, event, structured=True)) == f"taken deployment:{mine['id']}"
    assert deployments(world)[0]["state"] == "succeeded"


def test_deliveries_are_for_managers_and_keep_no_bodies(world: World, repository: str) -> None:
    send(world.nobody, "push", push("refs/tags/v5.0.0", url=repository))
    assert world.viewer.client.get("/api/v1/hooks/deliveries").status_code == 403
    newest = done(world.manager.client.get("/api/v1/hooks/deliveries"))["items"][0]
    assert (newest["source"], newest["event"], newest["outcome"]) == ("github", "push", "taken")
    with psycopg.connect(world.url) as connection:
        (kept,) = connection.execute(
            "SELECT string_agg(h::text, ' ') FROM releases.hook_deliveries AS h"
        ).fetchone() or ("",)
    assert "octo@example.com" not in kept


def releases(world: World) -> list[dict[str, Any]]:
    params = {"service": world.service["id"]}
    found: list[dict[str, Any]] = done(world.viewer.client.get("/api/v1/releases", params=params))["items"]
    return found


def deployments(world: World) -> list[dict[str, Any]]:
    params = {"service_id": world.service["id"]}
    found: list[dict[str, Any]] = done(world.pipeline.get("/api/v1/deployments", params=params))["items"]
    return found
