"""The vault over HTTP: filed with its hash, versioned, sealed, read in ranges, and never without a trace."""

import hashlib

import pytest

from tests.apps.audit.vault import events, file, filed, request, step
from tests.apps.audit.world import API, World, done
from tests.contract.shop import unique
from tests.contract.stall import problem
from tests.races import at_once_files

VERSIONS = f"{API}/evidence-versions"


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def actions_of(world: World, version_id: int) -> list[str]:
    found = done(world.auditor.client.get(f"{VERSIONS}/{version_id}/custody"))
    return [each["action"].removeprefix("evidence.") for each in reversed(found["items"])]


def test_a_document_is_filed_with_its_hash(world: World) -> None:
    content = unique("statement").encode() * 1000
    version = filed(world, content, name="../bank.txt", title="Bank statement")
    assert version["sha256"] == hashlib.sha256(content).hexdigest()
    assert (version["number"], version["state"], version["name"]) == (1, "received", "bank.txt")
    assert (version["size"], version["media_type"]) == (len(content), "text/plain")
    assert version["received_by"] == {"id": str(world.auditor.id), "name": world.auditor.name}
    evidence = done(world.reviewer.client.get(f"{API}/evidence/{version['evidence_id']}"))
    assert (evidence["title"], evidence["versions"], evidence["newest"]["id"]) == ("Bank statement", 1, version["id"])
    [event] = events(world, "evidence.received", thing=f"evidence-version:{version['id']}")
    assert event["details"]["sha256"] == version["sha256"]


def test_the_content_is_sent_whole_and_in_ranges(world: World) -> None:
    content = bytes(range(256)) * 5000
    version = filed(world, content)
    path, client = f"{VERSIONS}/{version['id']}/content", world.auditor.client
    whole = client.get(path)
    assert (whole.status_code, whole.content, whole.headers["etag"]) == (200, content, f'"{version["sha256"]}"')
    part = client.get(path, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert client.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    problem(client.get(path, headers={"Range": "bytes=9000000-"}), 416, "RANGE_NOT_SATISFIABLE")


def test_a_new_upload_is_a_new_version(world: World) -> None:
    first = filed(world, b"first")
    done(world.auditor.client.post(f"{VERSIONS}/{first['id']}/seal"))
    second = filed(world, b"second", by=world.reviewer, evidence=first["evidence_id"])
    assert (second["evidence_id"], second["number"], second["state"]) == (first["evidence_id"], 2, "received")
    versions = world.auditor.client.get(f"{API}/evidence/{first['evidence_id']}/versions").json()
    assert [(each["number"], each["state"]) for each in versions] == [(2, "received"), (1, "superseded")]
    assert versions[1]["sealed_at"] is not None
    assert world.auditor.client.get(f"{VERSIONS}/{first['id']}/content").content == b"first"
    refused = world.auditor.client.post(f"{VERSIONS}/{first['id']}/seal")
    assert problem(refused, 409, "CONFLICT")["details"]["state"] == "superseded"


def test_versions_filed_at_once_are_all_kept(world: World) -> None:
    first = filed(world, b"first")
    form = {"engagement": str(world.id), "evidence": str(first["evidence_id"])}
    answers = at_once_files(world.auditor.client, f"{API}/evidence", form, [f"version {n}".encode() for n in range(8)])
    assert {each.status_code for each in answers} == {201}
    versions = world.auditor.client.get(f"{API}/evidence/{first['evidence_id']}/versions").json()
    assert [each["number"] for each in versions] == list(range(9, 0, -1))
    assert [each["state"] for each in versions] == ["received"] + ["superseded"] * 8


def test_custody_tells_who_has_done_what(world: World) -> None:
    version = filed(world, b"content")
    client, path = world.reviewer.client, f"{VERSIONS}/{version['id']}"
    client.get(f"{path}/content")
    done(client.post(f"{path}/seal"))
    assert done(client.get(f"{path}/verify")) == {
        "intact": True, "expected": version["sha256"], "found": version["sha256"], "size": 7,
    }  # fmt: skip
    filed(world, b"other", evidence=version["evidence_id"])
    assert actions_of(world, version["id"]) == ["received", "read", "sealed", "verified", "superseded"]
    newest = done(client.get(f"{path}/custody", params={"limit": 1}))
    assert (newest["total"], newest["items"][0]["actor_name"]) == (5, world.auditor.email)
    older = done(client.get(f"{path}/custody", params={"limit": 4, "cursor": newest["next_cursor"]}))
    assert older["items"][0]["action"] == "evidence.verified"


def test_a_list_shows_what_is_asked_for(world: World) -> None:
    asked = request(world)
    version = filed(world, b"for the request", request=asked["id"])
    found = done(world.auditor.client.get(f"{API}/evidence", params={"request": asked["id"]}))
    assert [each["id"] for each in found["items"]] == [version["evidence_id"]]
    assert found["total"] == 1
    problem(world.stranger.client.get(f"{API}/evidence", params={"engagement": world.id}), 404, "NOT_FOUND")
    assert done(world.stranger.client.get(f"{API}/evidence", params={"request": asked["id"]}))["total"] == 0
    assert done(world.admin.client.get(f"{API}/evidence"))["items"] == []


def test_who_has_no_part_in_it_finds_nothing(world: World) -> None:
    version = filed(world, b"of the team")
    for person in (world.stranger, world.foreign_auditee, world.auditee, world.admin):
        for path in ("", "/content", "/verify", "/custody"):
            problem(person.client.get(f"{VERSIONS}/{version['id']}{path}"), 404, "NOT_FOUND")
        problem(person.client.get(f"{API}/evidence/{version['evidence_id']}"), 404, "NOT_FOUND")
        problem(person.client.get(f"{API}/evidence/{version['evidence_id']}/versions"), 404, "NOT_FOUND")
        problem(person.client.post(f"{VERSIONS}/{version['id']}/seal"), 404, "NOT_FOUND")
        problem(file(world, b"x", by=person), 404, "NOT_FOUND")
        problem(file(world, b"x", by=person, evidence=version["evidence_id"]), 404, "NOT_FOUND")


def test_an_auditee_has_only_what_they_uploaded_themselves(world: World) -> None:
    asked = request(world)
    own = filed(world, b"own", by=world.auditee, request=asked["id"])
    by_team = filed(world, b"by the team", request=asked["id"])
    client = world.auditee.client
    assert client.get(f"{VERSIONS}/{own['id']}/content").content == b"own"
    assert done(client.get(f"{VERSIONS}/{own['id']}/verify"))["intact"]
    problem(client.get(f"{VERSIONS}/{own['id']}/custody"), 404, "NOT_FOUND")
    problem(client.get(f"{VERSIONS}/{by_team['id']}/content"), 404, "NOT_FOUND")
    listed = done(client.get(f"{API}/evidence", params={"request": asked["id"]}))
    assert (listed["total"], [each["newest"]["id"] for each in listed["items"]]) == (1, [own["id"]])
    newer = filed(world, b"newer, by the team", evidence=own["evidence_id"])
    assert done(client.get(f"{API}/evidence/{own['evidence_id']}"))["newest"]["id"] == own["id"]
    problem(client.get(f"{VERSIONS}/{newer['id']}"), 404, "NOT_FOUND")
    problem(world.other_auditee.client.get(f"{VERSIONS}/{own['id']}"), 404, "NOT_FOUND")


def test_an_auditee_files_for_own_requests_alone_while_they_are_asked(world: World) -> None:
    draft, others = request(world, is_sent=False), request(world, to=world.other_auditee)
    for number in (draft["id"], others["id"], 10**9):
        problem(file(world, b"x", by=world.auditee, request=number), 404, "NOT_FOUND")
    asked = request(world)
    first = filed(world, b"x", by=world.auditee, request=asked["id"])
    step(world.auditee, asked, "submit")
    problem(file(world, b"y", by=world.auditee, request=asked["id"]), 409, "REQUEST_CLOSED")
    problem(file(world, b"y", by=world.auditee, evidence=first["evidence_id"]), 409, "REQUEST_CLOSED")
    step(world.auditor, asked, "return", reason="The second page is missing.")
    second = filed(world, b"y", by=world.auditee, evidence=first["evidence_id"])
    assert second["number"] == 2
    step(world.auditee, asked, "submit")
    step(world.auditor, asked, "accept")
    problem(file(world, b"z", request=asked["id"]), 409, "REQUEST_CLOSED")
    problem(file(world, b"z", evidence=first["evidence_id"]), 409, "REQUEST_CLOSED")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"request": 10**9}, "request"),
        ({"procedure": 10**9}, "procedure"),
        ({"engagement": "x"}, "engagement"),
        ({"title": "x" * 301}, "title"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_a_form_says_wrong_is_named(world: World, form: dict[str, object], field: str) -> None:
    found = problem(file(world, b"x", **form), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in found["errors"]] == [field]


def test_a_form_without_a_file_is_refused_and_one_that_is_none(world: World) -> None:
    client = world.auditor.client
    found = client.post(f"{API}/evidence", data={"engagement": world.id}, files={"file": ("", b"")})
    assert problem(found, 422, "VALIDATION_ERROR")["errors"][0]["field"] == "file"
    problem(client.post(f"{API}/evidence", json={"engagement": world.id}), 415, "UNSUPPORTED_MEDIA_TYPE")


def test_bytes_of_those_who_have_no_role_anywhere_are_not_taken_in(world: World) -> None:
    before = world.sql("SELECT count(*) AS files FROM portico.files")
    problem(file(world, b"x", by=world.person()), 404, "NOT_FOUND")
    assert world.sql("SELECT count(*) AS files FROM portico.files") == before


def test_what_is_refused_keeps_no_file(world: World) -> None:
    kept = "SELECT count(*) AS kept FROM portico.files WHERE state = 'kept'"
    before = world.sql(kept)
    problem(file(world, b"refused", engagement=10**9), 404, "NOT_FOUND")
    problem(file(world, b"refused", request=10**9), 422, "VALIDATION_ERROR")
    assert world.sql(kept) == before


def test_a_key_files_once(world: World) -> None:
    headers = {"Idempotency-Key": unique("key")}
    form, files = {"engagement": str(world.id)}, {"file": ("a.txt", b"once")}
    first, second = (
        world.auditor.client.post(f"{API}/evidence", data=form, files=files, headers=headers) for _ in range(2)
    )
    assert first.json() == second.json()
    other = world.auditor.client.post(f"{API}/evidence", data={**form, "title": "B"}, files=files, headers=headers)
    problem(other, 422, "IDEMPOTENCY_KEY_REUSED")
