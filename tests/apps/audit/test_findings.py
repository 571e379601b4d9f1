"""Findings as they are written, listed and seen: drafts, what they rest on, and who sees which."""

from datetime import timedelta

import httpx
import psycopg
import pytest

from tests.apps.audit import papers
from tests.apps.audit.papers import evidence, finding, link, planned, sent, step
from tests.apps.audit.world import API, World, done
from tests.clocks import MovableClock

INTERNAL = {"workpaper", "procedure", "evidence", "written_by", "closed_by", "retests", "created_at"}


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def test_a_finding_is_drafted_and_traces_back(world: World) -> None:
    procedure = papers.procedure(world)
    paper = papers.workpaper(world, procedure_id=procedure["id"])
    draft = finding(world, workpaper_id=paper["id"])
    version_id = evidence(world)
    linked = link(world, draft["id"], version_id)
    assert (draft["state"], draft["owner"]["id"], draft["sent_at"]) == ("draft", str(world.auditee.id), None)
    assert (linked["workpaper"]["id"], linked["procedure"]["id"]) == (paper["id"], procedure["id"])
    assert linked["requirement"] == procedure["requirement"]
    assert [(each["evidence_version_id"], each["retest"]) for each in linked["evidence"]] == [(version_id, 0)]
    assert done(world.reviewer.client.get(f"{API}/findings/{draft['id']}")) == linked


def test_a_draft_is_changed_with_its_tag_and_what_was_sent_is_not(world: World) -> None:
    draft = finding(world)
    path = f"{API}/findings/{draft['id']}"
    tag = world.auditor.client.get(path).headers["ETag"]
    owner = {"owner_id": str(world.other_auditee.id)}
    changed = world.colleague.client.patch(path, json={"severity": "high", **owner}, headers={"If-Match": tag})
    assert (done(changed)["severity"], changed.json()["owner"]["name"]) == ("high", world.other_auditee.name)
    assert world.auditor.client.patch(path, json={"cause": "?"}, headers={"If-Match": tag}).status_code == 412
    link(world, draft["id"])
    step(world.auditor, f"findings/{draft['id']}", "validate")
    refused = world.auditor.client.patch(path, json={"cause": "?"})
    assert (refused.status_code, refused.json()["code"]) == (409, "FINDING_SENT")
    refused = world.auditor.client.put(f"{path}/evidence/{evidence(world)}")
    assert (refused.status_code, refused.json()["code"]) == (409, "NO_RETEST")


@pytest.mark.parametrize(
    ("field", "value"),
    [("owner_id", "auditor"), ("owner_id", "foreign_auditee"), ("workpaper_id", 10**9), ("requirement_id", 10**9)],
)
def test_what_a_finding_names_has_to_be_there(world: World, field: str, value: object) -> None:
    named = str(getattr(world, value).id) if isinstance(value, str) else value
    body = {**papers.TEXTS, "workpaper_id": papers.workpaper(world)["id"], field: named}
    refused = world.auditor.client.post(f"{world.path}/findings", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_promise_4_a_finding_is_not_sent_before_it_traces_to_sealed_evidence(world: World) -> None:
    paper = papers.workpaper(world, procedure_id=papers.procedure(world, requirement_id=None)["id"])
    draft = finding(world, workpaper_id=paper["id"], owner_id=None)
    version_id = evidence(world, is_sealed=False)
    link(world, draft["id"], version_id)
    path = f"findings/{draft['id']}"

    def missing() -> str:
        refused = world.auditor.client.post(f"{API}/{path}/validate")
        assert refused.status_code == 409
        return str(refused.json()["detail"])

    owner, of, sealed = "an owner who is an auditee of the engagement", "a requirement", "sealed evidence"
    assert missing() == f"It lacks {owner}, {of}, of its own or of its procedure, {sealed}."
    done(world.auditor.client.patch(f"{API}/{path}", json={"owner_id": str(world.auditee.id)}))
    done(world.auditor.client.patch(f"{API}/{path}", json={"requirement_id": papers.requirement(world)}))
    assert missing() == f"It lacks {sealed}."
    papers.seal(world, version_id)
    assert step(world.auditor, path, "validate")["state"] == "validation"


def test_promise_4_the_database_holds_it_too(world: World) -> None:
    draft = finding(world, requirement_id=papers.requirement(world))
    send = "UPDATE audit.findings SET state = 'validation', sent_at = now() WHERE id = %(id)s"
    with pytest.raises(psycopg.errors.RestrictViolation, match="sealed evidence"):
        world.sql(send, id=draft["id"])
    foreign = "INSERT INTO audit.finding_evidence (finding_id, evidence_version_id) VALUES (%(id)s, %(version)s)"
    with pytest.raises(psycopg.errors.RestrictViolation, match="another engagement"):
        world.sql(foreign, id=draft["id"], version=evidence(world, world.new_engagement()["id"]))
    link(world, draft["id"])
    with pytest.raises(psycopg.errors.CheckViolation, match="traced"):
        world.sql("UPDATE audit.findings SET state = 'agreed' WHERE id = %(id)s", id=draft["id"])


def test_promise_4_what_a_procedure_is_changed_to_later_does_not_change_what_was_found(world: World) -> None:
    procedure = papers.procedure(world)
    found = sent(world, workpaper_id=papers.workpaper(world, procedure_id=procedure["id"])["id"])
    other = {"requirement_id": papers.requirement(world)}
    done(world.auditor.client.patch(f"{API}/procedures/{procedure['id']}", json=other))
    assert done(world.auditor.client.get(f"{API}/findings/{found['id']}"))["requirement"] == procedure["requirement"]


def test_promise_7_an_owner_sees_a_finding_once_it_is_sent_without_what_is_the_teams(world: World) -> None:
    draft = finding(world)
    path = f"{API}/findings/{draft['id']}"
    link(world, draft["id"])
    for ending in ("", "/notes", "/actions"):
        assert world.auditee.client.get(f"{path}{ending}").status_code == 404
    step(world.auditor, f"findings/{draft['id']}", "validate", note="Please answer until Friday.")
    seen = done(world.auditee.client.get(path))
    assert not INTERNAL & seen.keys()
    assert (seen["condition"], seen["client"]) == (papers.TEXTS["condition"], world.company["name"])
    [note] = done(world.auditee.client.get(f"{path}/notes"))
    assert (note["text"], note["by"]["name"]) == ("Please answer until Friday.", world.auditor.name)  # type: ignore[index]
    for person in (world.other_auditee, world.foreign_auditee, world.stranger, world.admin):
        for ending in ("", "/notes", "/actions"):
            assert person.client.get(f"{path}{ending}").status_code == 404
        for action, body in (("agree", {}), ("close", {"note": "n"}), ("withdraw", {"reason": "r"})):
            assert person.client.post(f"{path}/{action}", json=body).status_code == 404


def test_promise_7_a_finding_that_is_revised_is_the_teams_again(world: World, shared_clock: MovableClock) -> None:
    found = sent(world)
    path = f"findings/{found['id']}"
    step(world.auditee, path, "dispute", reason="It was four eyes.")
    step(world.auditor, path, "revise", reason="They were right, in part.")
    assert world.auditee.client.get(f"{API}/{path}").status_code == 404
    shared_clock.move(minutes=1)
    done(world.auditor.client.patch(f"{API}/{path}", json={"owner_id": str(world.other_auditee.id)}))
    step(world.auditor, path, "validate")
    assert [note["action"] for note in done(world.other_auditee.client.get(f"{API}/{path}/notes"))] == ["validate"]  # type: ignore[index]
    assert [note["action"] for note in done(world.lead.client.get(f"{API}/{path}/notes"))] == [  # type: ignore[index]
        "validate", "dispute", "revise", "validate",
    ]  # fmt: skip
    assert world.auditee.client.get(f"{API}/{path}").status_code == 404


def test_what_was_sent_is_handed_over_when_its_owner_leaves(world: World, shared_clock: MovableClock) -> None:
    """Else nobody could remedy it any more, and the engagement never be closed."""
    gone, heir = world.person(first_name="Oda"), world.other_auditee
    world.appoint(world.id, gone, "auditee")
    found = planned(world, owner=gone, due_on=str(shared_clock().date() + timedelta(30)))
    path = f"{API}/findings/{found['id']}"
    assert world.lead.client.delete(f"{world.path}/members/{gone.id}").status_code == 204
    shared_clock.move(minutes=1)
    tag = {"If-Match": world.auditor.client.get(path).headers["ETag"]}

    def hand_over(**body: object) -> httpx.Response:
        return world.auditor.client.patch(path, json=body, headers=tag)

    for owner in (None, str(gone.id), str(world.auditor.id)):
        assert hand_over(owner_id=owner).json()["errors"][0]["field"] == "owner_id"
    assert hand_over(owner_id=str(heir.id), cause="?").json()["code"] == "FINDING_SENT"
    assert world.other_auditee.client.get(path).status_code == 404
    assert done(hand_over(owner_id=str(heir.id)))["owner"]["name"] == heir.name
    assert hand_over(owner_id=str(world.auditee.id)).status_code == 412
    seen = done(heir.client.get(path))
    assert (seen["state"], seen["action_plan"]) == ("action_planned", found["action_plan"])
    assert [note["action"] for note in done(heir.client.get(f"{path}/notes"))] == ["hand-over"]  # type: ignore[index]
    step(heir, f"findings/{found['id']}", "remediate")
    step(heir, f"findings/{found['id']}", "ready")
    link(world, found["id"])
    step(world.auditor, f"findings/{found['id']}", "close", note="n")
    closed = world.auditor.client.patch(path, json={"owner_id": str(world.auditee.id)})
    assert (closed.status_code, closed.json()["code"]) == (409, "FINDING_SENT")


def test_the_portal_lists_what_was_sent_to_the_caller(world: World) -> None:
    owner = world.person(first_name="Oda")
    world.appoint(world.id, owner, "auditee")
    finding(world, owner=owner)
    first, second = sent(world, owner=owner), sent(world, owner=owner)
    sent(world)
    step(owner, f"findings/{first['id']}", "agree")
    page = done(owner.client.get(f"{API}/findings"))
    assert ([each["id"] for each in page["items"]], page["total"]) == ([second["id"], first["id"]], 2)
    assert [each["id"] for each in done(owner.client.get(f"{API}/findings?state=agreed"))["items"]] == [first["id"]]
    assert done(owner.client.get(f"{API}/findings", params={"engagement": 10**9}))["total"] == 0
    assert owner.client.get(f"{world.path}/findings").status_code == 404
    assert done(world.lead.client.get(f"{API}/findings"))["total"] == 0


def test_the_list_of_an_engagement_has_its_filters(world: World) -> None:
    engagement = world.new_engagement()
    path = f"{API}/engagements/{engagement['id']}/findings"
    body = {"procedure_id": papers.procedure(world, engagement["id"])["id"], "title": "t"}
    paper = done(world.auditor.client.post(f"{API}/engagements/{engagement['id']}/workpapers", json=body))
    for severity in ("low", "high", "high"):
        wanted = {**papers.TEXTS, "workpaper_id": paper["id"], "severity": severity}
        done(world.auditor.client.post(path, json=wanted))
    assert [each["number"] for each in done(world.lead.client.get(path))["items"]] == [3, 2, 1]
    assert done(world.lead.client.get(path, params={"severity": "high"}))["total"] == 2
    assert done(world.lead.client.get(path, params={"state": "validation"}))["total"] == 0


def test_aging_counts_open_findings_by_days_overdue(world: World, shared_clock: MovableClock) -> None:
    before = done(world.lead.client.get(f"{world.path}/findings/aging"))
    today = shared_clock().date()
    finding(world)
    sent(world, severity="critical")
    planned(world, due_on=str(today + timedelta(40)))
    planned(world, due_on=str(today))
    shared_clock.move(days=31)
    after = done(world.lead.client.get(f"{world.path}/findings/aging"))
    assert after["as_of"] == str(today + timedelta(31))
    grown = {row["age"]: row["total"] for row in after["ages"]}
    assert (after["open"] - before["open"], grown["31-60"]) == (3, 1)
    assert after["by_severity"]["critical"] - before["by_severity"]["critical"] == 1
    assert sum(grown.values()) == after["open"]
    assert world.auditee.client.get(f"{world.path}/findings/aging").status_code == 404
