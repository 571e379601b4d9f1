"""An audit of controls by the forms of the pages alone: import a framework, choose it, assess, and assess again."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.audit.oscal import head
from tests.apps.audit.world import World, open_world
from tests.commands import eventually
from tests.contract import audit_things as things
from tests.contract.audit_browsing import browsing, number_in, read, uploaded, went
from tests.contract.browsing import Visitor, assert_page
from tests.contract.shop import unique
from tests.databases import Databases

CONTROLS = [
    {
        "id": "ac-1", "class": "C", "title": "Policy",
        "props": [{"name": "label", "value": "AC-1"}],
        "parts": [
            {"id": "ac-1_smt", "name": "statement", "prose": "Write an <access> policy."},
            {"id": "ac-1_gdn", "name": "guidance", "prose": "A page will do."},
        ],
    },
    {"id": "ac-2", "title": "Accounts"},
]  # fmt: skip
FORM = {"method": "examine", "result": "satisfied"}


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        yield world
    databases.drop(url)


@pytest.fixture
def lead(world: World) -> Iterator[Visitor]:
    with browsing(world, world.lead) as visitor:
        yield visitor


@pytest.fixture
def auditor(world: World) -> Iterator[Visitor]:
    with browsing(world, world.auditor) as visitor:
        yield visitor


def catalog(title: str) -> bytes:
    group = {"id": "ac", "title": "Access Control", "controls": CONTROLS}
    return orjson.dumps({"catalog": {**head(title), "groups": [group]}})


def sent(visitor: Visitor, content: bytes, name: str = "catalog.json", **changes: Any) -> httpx.Response:
    files = {"file": (name, content, "application/json")}
    return uploaded(visitor, "/pages/frameworks", files=files, title=None, **changes)


def imported(lead: Visitor) -> tuple[int, str]:
    """The id and the title of a new catalog."""
    title = unique("Catalog")
    return number_in(went(sent(lead, catalog(title)))), title


def chosen(world: World, lead: Visitor) -> tuple[str, dict[str, int]]:
    """The pages of an engagement that assesses by a new catalog, and its requirements by their codes."""
    at = f"/pages/engagements/{world.new_engagement()['id']}"
    framework_id, _ = imported(lead)
    assert went(lead.send(f"{at}/frameworks", framework_id=str(framework_id))).endswith("done=chosen")
    rows = world.sql("SELECT id, code FROM audit.requirements WHERE framework_id = %(id)s", id=framework_id)
    return at, {row["code"]: row["id"] for row in rows}


def test_a_catalog_is_imported_and_read(world: World, lead: Visitor, auditor: Visitor) -> None:
    title = unique("Catalog")
    content = catalog(title)
    place = went(sent(lead, content))
    page = read(lead, place)
    assert f"Frameworks {title} It is imported." in page
    assert "as catalog.json" in page
    assert "2 requirements AC-1 Policy Access Control Write an <access> policy. Guidance A page will do." in page
    at = place.partition("?")[0]
    assert "1 requirement with what you asked for" in read(lead, f"{at}?q=accounts")
    assert "0 requirements with what you asked for" in read(lead, f"{at}?family=au")
    again = sent(lead, content)
    assert_page(again, 409)
    assert "This edition of the document was imported before." in again.text
    assert title in read(auditor, "/pages/frameworks"), "the teams of engagements see it"
    assert "Import a catalog" not in read(auditor, "/pages/frameworks")
    assert_page(sent(auditor, catalog(unique("Mine"))), 403)


def test_people_of_a_client_see_no_framework(world: World, lead: Visitor) -> None:
    framework_id, title = imported(lead)
    with browsing(world, world.auditee) as auditee:
        assert title not in read(auditee, "/pages/frameworks")
        assert ">Frameworks<" not in auditee.open("/pages/portal").text
        assert_page(auditee.open(f"/pages/frameworks/{framework_id}"), 404)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<catalog/>", "the document</strong>: is XML. OSCAL is imported as JSON"),
        (b'{"catalog": {}}', "catalog"),
        (b"", "the document</strong>: is not JSON"),
    ],
    ids=["xml", "without its parts", "nothing"],
)
def test_what_is_no_framework_is_refused(lead: Visitor, content: bytes, told: str) -> None:
    refused = sent(lead, content)
    assert_page(refused, 422)
    assert f"<strong>{told}" in refused.text
    assert 'type="file"' in refused.text, "another file can be chosen at once"


def test_a_profile_without_its_catalog_says_which_is_missing(lead: Visitor) -> None:
    imports = [{"href": "nowhere_catalog.json", "include-all": {}}]
    refused = sent(lead, orjson.dumps({"profile": {**head("Low"), "imports": imports}}))
    assert_page(refused, 422)
    assert "nowhere_catalog.json" in refused.text


def test_a_document_from_another_site_is_refused(world: World, lead: Visitor) -> None:
    title = unique("Catalog")
    assert_page(sent(lead, catalog(title), csrf="forged"), 403)
    assert_page(sent(lead, catalog(title), origin="https://elsewhere.example"), 403)
    assert world.sql("SELECT id FROM audit.frameworks WHERE title = %(title)s", title=title) == []


def test_who_sends_slowly_holds_no_connection(world: World, lead: Visitor) -> None:
    held = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
    files = {"file": ("catalog.json", catalog(unique("Catalog")), "application/json")}
    form = lead.client.build_request("POST", "/pages/frameworks", data={"csrf": lead.token()}, files=files)
    body = form.read()

    def slowly() -> Iterator[bytes]:
        yield body[:-100]
        time.sleep(0.3)  # until it waits for the rest
        eventually(lambda: world.sql(held) == [], within=4)
        yield body[-100:]

    headers = {"Origin": lead.origin, "Content-Type": form.headers["Content-Type"], "Content-Length": str(len(body))}
    went(lead.client.post("/pages/frameworks", content=slowly(), headers=headers))


def test_a_form_without_a_file_is_refused(lead: Visitor) -> None:
    assert_page(uploaded(lead, "/pages/frameworks", files={"file": ("", b"", "text/plain")}, title=None), 422)


def test_requirements_are_assessed_and_the_newest_counts(world: World, lead: Visitor) -> None:
    at, requirements = chosen(world, lead)
    first, second = f"{at}/requirements/{requirements['ac-1']}", f"{at}/requirements/{requirements['ac-2']}"
    page = read(lead, f"{at}/controls")
    assert "2 0 0 2" in page, "none of the two is assessed"
    assert "Next that is not assessed: ac-2" in read(lead, first)
    empty = lead.send(first, **FORM, observation="  ")
    assert_page(empty, 422)
    assert re.search(r'<textarea id="observation"[^>]* aria-invalid="true"', empty.text)
    assert '<option value="examine" selected' in empty.text, "what was chosen is still there"
    for result, words in (("other-than-satisfied", "There is none."), ("satisfied", "There is <one> now.")):
        assert went(lead.send(first, **{**FORM, "result": result}, observation=words)).endswith("done=assessed")
    page = read(lead, first)
    assert page.index("There is <one> now.") < page.index("not the newest") < page.index("There is none.")
    page = read(lead, f"{at}/controls")
    assert "2 1 0 1" in page
    assert "AC-1 Policy" in read(lead, f"{at}/controls?result=satisfied")
    left = lead.open(f"{at}/controls?result=not-assessed").text
    assert (second in left, first in left) == (True, False)
    assert "No requirement matches." in read(lead, f"{at}/controls?result=other-than-satisfied&family=ac")
    assert "No requirement matches." in read(lead, f"{at}/controls?framework=999999")
    assert_page(lead.open(f"{at}/controls?framework=99999999999999999999"), 422)


def test_a_framework_is_taken_back_before_it_was_assessed_by(world: World, lead: Visitor) -> None:
    at, requirements = chosen(world, lead)
    back = re.search(rf'action="({at}/frameworks/\d+)"', lead.open(f"{at}/controls").text)
    assert back
    assert went(lead.send(back[1])).endswith("done=dropped")
    assert "by no framework yet" in read(lead, f"{at}/controls")
    requirement = f"{at}/requirements/{requirements['ac-1']}"
    assert_page(lead.open(requirement), 404)
    assert_page(lead.send(requirement, **FORM, observation="Seen"), 409)
    assert_page(lead.send(back[1]), 404)
    framework_id = back[1].rpartition("/")[2]
    assert went(lead.send(f"{at}/frameworks", framework_id=framework_id)).endswith("done=chosen")
    assert went(lead.send(requirement, **FORM, observation="Seen")).endswith("done=assessed")
    assert back[1] not in lead.open(f"{at}/controls").text
    assert_page(lead.send(back[1]), 409)


@pytest.mark.parametrize("wrong", ["", "x", "99999999999999999999", "999999"])
def test_a_framework_that_is_none_is_refused(world: World, lead: Visitor, wrong: str) -> None:
    at, _ = chosen(world, lead)
    refused = lead.send(f"{at}/frameworks", framework_id=wrong)
    assert_page(refused, 422)
    assert "Choose by what it assesses" in refused.text


def test_what_an_assessment_refers_to_is_of_the_engagement(world: World, lead: Visitor) -> None:
    at, requirements = chosen(world, lead)
    path = f"{at}/requirements/{requirements['ac-1']}"
    elsewhere = things.row(world, "procedures")
    refused = lead.send(path, **FORM, observation="Seen", procedure_id=str(elsewhere))
    assert_page(refused, 422)
    assert ">\nSeen</textarea>" in refused.text, "what was typed is still there"


def test_a_procedure_is_planned_from_a_requirement(world: World, lead: Visitor) -> None:
    at, requirements = chosen(world, lead)
    asked = {"code": "AC-1", "title": "Read the policy", "pack": "control", "method": "examine"}
    about = {"requirement_id": str(requirements["ac-1"])}
    assert went(lead.send(f"{at}/procedures", **asked, **about)).endswith("done=added")
    taken = lead.send(f"{at}/procedures", **asked, **about)
    assert_page(taken, 409)
    assert f'name="requirement_id" value="{requirements["ac-1"]}"' in taken.text
    assert "ac-1 Policy" in read(lead, f"{at}/procedures")


def test_two_who_assess_at_once_are_both_on_record(world: World, lead: Visitor) -> None:
    at, requirements = chosen(world, lead)
    path = f"{at}/requirements/{requirements['ac-2']}"
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda n: lead.send(path, **FORM, observation=f"Seen {n}"), range(2)))
    assert [answer.status_code for answer in answers] == [303, 303]
    query = "SELECT count(*) AS n FROM audit.assessments WHERE requirement_id = %(id)s"
    assert world.sql(query, id=requirements["ac-2"]) == [{"n": 2}]


def test_a_stranger_finds_nothing(world: World, lead: Visitor) -> None:
    at, requirements = chosen(world, lead)
    with browsing(world, world.stranger) as stranger:
        for path in (f"{at}/controls", f"{at}/requirements/{requirements['ac-1']}"):
            assert_page(stranger.open(path), 404)
        assert_page(stranger.send(f"{at}/requirements/{requirements['ac-1']}", **FORM, observation="x"), 404)
