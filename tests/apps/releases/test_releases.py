"""Releases over HTTP: drafts, what fixes them, their states and their order."""

import random
from typing import Any, LiteralString

import httpx
import psycopg
import pytest

from portico.apps.releases.releases.content import content_hash
from portico.apps.releases.semver import parse
from tests.apps.releases.world import DIGEST, SHA, World, done
from tests.races import Call, at_once, statuses

CHANGE = {"sha": SHA, "message": "feat(cart)!: Count", "author": "Ada", "committed_at": "2026-01-01T02:00:00+02:00"}
ARTIFACT = {"name": "registry.example.com/image", "digest": DIGEST}

WRONG: list[dict[str, Any]] = [
    {"version": "v1.0.0"}, {"version": "1.0"}, {"git_sha": "abc"}, {"artifacts": [{"name": "a", "digest": "md5:0"}]},
    {"artifacts": [ARTIFACT, ARTIFACT]}, {"changes": [CHANGE, CHANGE]}, {"published_at": "2026-01-01T00:00:00Z"},
    {"state": "published"}, {"service_id": 999_999}, {"changes": [{**CHANGE, "committed_at": "2026-01-01T00:00:00"}]},
]  # fmt: skip

FORBIDDEN: list[LiteralString] = [
    "UPDATE releases.releases SET git_sha = 'x'",
    "UPDATE releases.releases SET notes = 'x'",
    "UPDATE releases.releases SET state = 'draft'",
    "DELETE FROM releases.releases",
    "UPDATE releases.changes SET subject = 'x'",
    "DELETE FROM releases.changes",
    "INSERT INTO releases.changes (release_id, position, sha, subject) SELECT id, 9, 'x', 'x' FROM releases.releases",
]


def path(release: dict[str, Any], action: str = "") -> str:
    return f"/api/v1/releases/{release['id']}" + (f"/{action}" if action else "")


def bearer(world: World) -> dict[str, str]:
    return {"Authorization": world.manager.client.headers["Authorization"]}


def test_a_draft_is_edited_and_removed(world: World) -> None:
    client = world.developer.client
    body = {"service_id": world.service["id"], "version": "1.0.0"}
    found = client.post("/api/v1/releases", json=body)
    assert found.status_code == 201, found.text
    draft = found.json()
    assert (draft["state"], draft["content_hash"], draft["created_by"]) == ("draft", None, world.developer.name)
    changed = client.put(path(draft), json={"version": "1.0.1", "changes": [CHANGE]}, headers={"If-Match": '"1"'})
    assert (changed.json()["version"], changed.json()["changes"], changed.headers["ETag"]) == ("1.0.1", 1, '"2"')
    assert client.put(path(draft), json={}, headers={"If-Match": '"1"'}).status_code == 412
    listed = done(client.get(path(draft, "changes")))["items"]
    assert listed == [
        {"sha": SHA, "kind": "feat", "scope": "cart", "is_breaking": True, "subject": "Count", "author": "Ada",
         "committed_at": "2026-01-01T00:00:00Z"}
    ]  # fmt: skip
    assert client.delete(path(draft)).status_code == 204
    assert client.get(path(draft)).status_code == 404


def test_who_has_no_part_in_the_service_drafts_nothing(world: World) -> None:
    body = {"service_id": world.service["id"], "version": "1.0.0"}
    for client in (world.outsider.client, world.viewer.client):
        assert client.post("/api/v1/releases", json=body).status_code == 403
    draft = done(world.pipeline.post("/api/v1/releases", json=body))
    assert world.outsider.client.put(path(draft), json={"notes": "x"}).status_code == 403
    done(world.developer.client.put(path(draft), json={"git_sha": SHA}))
    assert world.developer.client.post(path(draft, "publish")).status_code == 403
    done(world.developer.client.post(path(draft, "candidate")))
    done(world.manager.client.post(path(draft, "publish")))


def test_a_body_that_is_wrong(world: World) -> None:
    for wrong in WRONG:
        body = {"service_id": world.service["id"], "version": "1.0.0", **wrong}
        found = world.manager.client.post("/api/v1/releases", json=body)
        assert found.status_code == 422, wrong
        assert found.json()["errors"][0]["field"].split(".")[0] == next(iter(wrong))


def test_states_and_the_legal_ones(world: World) -> None:
    client, draft = world.manager.client, world.draft("1.0.0", git_sha="")
    refused = client.post(path(draft, "candidate"))
    assert (refused.status_code, refused.json()["detail"]) == (409, "It names no commit: set git_sha.")
    done(client.put(path(draft), json={"git_sha": SHA}))
    assert possible(client, draft) == ["candidate", "publish"]
    candidate = done(client.post(path(draft, "candidate")))
    for answer in (client.put(path(draft), json={"notes": "x"}), client.delete(path(draft))):
        assert (answer.status_code, answer.json()["details"]) == (409, {"state": "candidate"})
    published = done(client.post(path(draft, "publish")))
    assert published["content_hash"] == candidate["content_hash"]
    again = client.post(path(draft, "publish"))
    assert again.status_code == 409
    assert again.json()["details"] == {"action": "publish", "state": "published", "legal": ["withdraw", "archive"]}
    assert possible(client, draft) == ["withdraw", "archive"]
    done(client.post(path(draft, "withdraw"), json={"reason": "It burns"}))
    assert done(client.post(path(draft, "archive")))["state"] == "archived"
    assert possible(client, draft) == []
    told = done(world.viewer.client.get(path(draft, "history")))["items"]
    assert [each["action"] for each in told] == [
        "release.archived", "release.withdrawn", "release.published", "release.candidate", "release.changed",
        "release.created",
    ]  # fmt: skip
    assert (told[1]["by"], told[1]["details"]) == (world.manager.name, {"reason": "It burns"})
    assert "address" not in told[0]


def possible(client: httpx.Client, release: dict[str, Any]) -> list[str]:
    return [each["action"] for each in client.get(path(release, "actions")).json() if each["allowed"]]


def test_promise_1_the_hash_is_that_of_the_canonical_form(world: World) -> None:
    """Made anew from what the API shows; the order of artifacts and the time zone of commits make no difference."""
    other = {"name": "another", "digest": "sha256:" + "0" * 64}
    release = world.published("1.0.0", artifacts=[ARTIFACT, other], changes=[CHANGE], notes="Words")
    changes = done(world.viewer.client.get(path(release, "changes")))["items"]
    form = {
        "service_id": release["service_id"], "version": "1.0.0", "git_sha": SHA, "artifacts": [other, ARTIFACT],
        "changes": changes,
    }  # fmt: skip
    assert release["content_hash"] == content_hash(**form)
    for name, value in (
        ("version", "1.0.0+b"),
        ("git_sha", "0" * 40),
        ("artifacts", []),
        ("changes", []),
        ("service_id", 0),
    ):
        assert content_hash(**{**form, name: value}) != release["content_hash"]


def test_promise_1_other_content_under_a_published_version_is_refused(world: World) -> None:
    post = world.manager.client.post
    body = {"service_id": world.service["id"], "version": "1.0.0", "git_sha": SHA, "artifacts": [ARTIFACT]}
    release = done(post("/api/v1/releases", json=body, headers={"Idempotency-Key": "one"}))
    done(post(path(release, "publish")))
    for changed, is_same in (({}, True), ({"notes": "Words"}, True), ({"git_sha": "0" * 40}, False),
                             ({"artifacts": []}, False), ({"version": "1.0.0+build"}, False)):  # fmt: skip
        refused = post("/api/v1/releases", json={**body, **changed})
        assert refused.status_code == 409
        details = {"release_id": release["id"], "state": "published", "same_content": is_same}
        assert refused.json()["details"] == details, changed
    replayed = post("/api/v1/releases", json=body, headers={"Idempotency-Key": "one"})
    assert (replayed.status_code, replayed.json()["id"]) == (201, release["id"])
    other = world.draft("2.0.0")
    assert world.manager.client.put(path(other), json={"version": "1.0.0"}).status_code == 409


def test_promise_1_of_many_at_once_one_has_the_version(world: World) -> None:
    bodies = [
        {"service_id": world.service["id"], "version": "1.0.0", "git_sha": f"{number:040x}"} for number in range(24)
    ]
    found = at_once(world.nobody, [Call("POST", "/api/v1/releases", body, headers=bearer(world)) for body in bodies])
    assert statuses(found) == {201: 1, 409: 23}
    release = next(answer.json() for answer in found if answer.status_code == 201)
    assert {answer.json()["details"]["release_id"] for answer in found if answer.status_code == 409} == {release["id"]}


def test_promise_1_edits_and_publishing_at_once_leave_what_the_hash_says(world: World) -> None:
    """Whatever comes first: what was published is what was hashed."""
    for round_ in range(5):
        draft = world.draft(f"1.0.{round_}", git_sha="f" * 40)
        edits = [
            Call(
                "PUT",
                path(draft),
                {"git_sha": f"{number:040x}", "changes": [{"sha": f"{number:040x}", "message": "x"}]},
                headers=bearer(world),
            )
            for number in range(6)
        ]
        publish = Call("POST", path(draft, "publish"), headers=bearer(world))
        found = at_once(world.nobody, [*edits[:3], publish, *edits[3:]])
        assert found[3].status_code == 200
        assert set(statuses(found)) <= {200, 409}
        shown = done(world.viewer.client.get(path(draft)))
        changes = done(world.viewer.client.get(path(draft, "changes")))["items"]
        form = {name: shown[name] for name in ("service_id", "version", "git_sha", "artifacts")}
        assert shown["content_hash"] == content_hash(**form, changes=changes)


def test_promise_1_the_database_keeps_what_is_published(world: World) -> None:
    world.published("1.0.0", changes=[CHANGE])
    for statement in FORBIDDEN:
        with psycopg.connect(world.url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(statement)


def test_promise_6_the_list_is_in_the_order_of_semver(world: World) -> None:
    """Also page by page. Versions that differ in build metadata alone are one version."""
    texts = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
             "1.0.0+build.9", "1.2.0", "1.10.0", "2.0.0", "10.0.0", f"{10**20}.0.0"]  # fmt: skip
    for text in random.Random(6).sample(texts, len(texts)):
        world.draft(text)
    world.draft("3.0.0", service_id=world.other_service["id"])
    expected = sorted(texts, key=parse, reverse=True)
    assert [each["version"] for each in walk(world, service=world.service["id"])] == expected
    both = [(each["service_id"], each["version"]) for each in walk(world)]
    assert both == [(world.other_service["id"], "3.0.0"), *((world.service["id"], text) for text in expected)]
    prereleases = {each["version"] for each in walk(world) if each["is_prerelease"]}
    assert prereleases == {text for text in texts if "-" in text}


def walk(world: World, **params: Any) -> list[dict[str, Any]]:
    rows, cursor = [], None
    while True:
        query = {**params, "limit": 5, **({"cursor": cursor} if cursor else {})}
        page = done(world.viewer.client.get("/api/v1/releases", params=query))
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["total"] == len(rows)
            return rows


def test_the_list_by_state(world: World) -> None:
    world.draft("1.0.0")
    release = world.published("2.0.0")
    assert [each["id"] for each in walk(world, state="published")] == [release["id"]]
    assert world.viewer.client.get("/api/v1/releases", params={"state": "deployed"}).status_code == 422
    assert world.viewer.client.get("/api/v1/releases", params={"cursor": "WzFd"}).status_code == 422


def test_notes_are_those_written_or_made_from_the_changes(world: World) -> None:
    written = world.published("1.0.0", notes="## Hello")
    name = world.service["name"]
    assert world.viewer.client.get(path(written, "notes.md")).text == f"# {name} 1.0.0 (2026-03-01)\n\n## Hello\n"
    messages = ["feat(cart)!: Count *all*", "fix: Less", "docs: Words", "Merge it"]
    made = world.draft("1.1.0", changes=[{"sha": str(n) * 40, "message": text} for n, text in enumerate(messages)])
    found = world.viewer.client.get(path(made, "notes.md"))
    assert found.headers["content-type"] == "text/markdown; charset=utf-8"
    assert found.text == (
        f"# {name} 1.1.0\n\n## Breaking changes\n\n* **cart:** Count \\*all\\* (0000000000)\n\n"
        "## Features\n\n* **cart:** Count \\*all\\* (0000000000)\n\n## Bug fixes\n\n* Less (1111111111)\n\n"
        "## Other changes\n\n* Words (2222222222)\n* Merge it (3333333333)\n"
    )
