"""The two pages of the factory over real HTTP: what the tablet calls, and the office."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.factory.floor import Floor
from tests.apps.factory.structure import planned
from tests.apps.factory.world import API, PIN, World, open_world
from tests.contract.browsing import Visitor
from tests.contract.shop import PASSWORD, unique
from tests.databases import Databases

INLINE = re.compile(r"<script(?![^>]* src=)|<style| style=| on\w+=")
SCRIPT = {"Accept": "application/json"}
MENU = re.compile(r"<nav .*?</nav>", re.DOTALL)
NEVER = '<script>alert(1)</script>"><img src=x>'


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        yield world
    databases.drop(url)


@pytest.fixture(scope="module")
def floor(world: World) -> Floor:
    return Floor(world)


class Tablet(Visitor):
    """A visitor whose calls are those of the tablet's script."""

    def session(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/pages/operator/session", headers=SCRIPT).json()
        return found

    def call(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> httpx.Response:
        usual = {**SCRIPT, "Origin": self.origin, "X-CSRF-Token": self.session()["csrf"]}
        usual |= {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/pages/operator/{path}", json=body, headers={**usual, **headers})

    def badge_in(self, badge: Any, station: Any, pin: str = PIN) -> httpx.Response:
        return self.call("sign-in", {"user_guid": str(badge), "workstation_guid": str(station), "pin": pin})

    def queue(self) -> list[str]:
        found = self.client.get("/pages/operator/queue", headers=SCRIPT)
        assert found.status_code == 200, found.text
        return [each["work_order"] for each in found.json()["items"]]


@pytest.fixture
def tablet(world: World, floor: Floor) -> Iterator[Tablet]:
    """Somebody has signed in at the saw."""
    with Tablet(world.nobody.base_url) as tablet:
        found = tablet.badge_in(world.person("Operator")["guid"], floor.saw["guid"])
        assert found.status_code == 204, found.text
        yield tablet


@contextmanager
def office(world: World, email: str) -> Iterator[Visitor]:
    with Visitor(world.nobody.base_url) as visitor:
        visitor.sign_in(email, PASSWORD)
        yield visitor


def text_of(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    assert not INLINE.search(page.text), "the policy would not let it run"
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_the_shell_holds_nothing_of_anybody(tablet: Tablet, world: World) -> None:
    shell = tablet.open("/pages/operator")
    with Visitor(world.nobody.base_url) as stranger:
        assert stranger.open("/pages/operator").text == shell.text
    assert not INLINE.search(shell.text)
    assert "set-cookie" not in shell.headers
    policy = shell.headers["content-security-policy"]
    assert "unsafe" not in policy
    worker = tablet.open("/pages/operator-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    files = re.findall(r'"(/pages/static/[^"]+)"', worker.text)
    scripts = re.findall(r'src="([^"]+)"', shell.text)
    assert set(scripts) < set(files)
    assert {tablet.open(path).status_code for path in files} == {200}


def test_a_call_without_the_page_s_token_or_from_elsewhere_is_refused(tablet: Tablet) -> None:
    for headers in ({"X-CSRF-Token": "forged.0"}, {"Origin": "https://elsewhere.example"}):
        refused = tablet.call("scans", {"code": "x"}, **headers)
        assert refused.status_code == 403
        assert refused.headers["content-type"] == "application/problem+json"


def test_wrong_pins_are_counted_as_those_of_the_route_are(world: World, floor: Floor) -> None:
    badge = world.person("Operator")["guid"]
    station = world.new_station()
    with Tablet(world.nobody.base_url) as tablet:
        wrong = [tablet.badge_in(badge, station["guid"], "000001").status_code for _ in range(5)]
        assert wrong == [401] * 5
        late = world.nobody.post(
            f"{API}/auth/qr",
            json={"user_guid": str(badge), "workstation_guid": str(station["guid"]), "pin": PIN},
        )
        assert (tablet.badge_in(badge, station["guid"]).status_code, late.status_code) == (429, 429)
        assert tablet.session()["user"] is None


def test_who_is_not_at_a_station_is_told_to_sign_in_and_not_led_away(world: World) -> None:
    with office(world, world.ours.manager.email) as visitor:
        assert visitor.client.get("/pages/operator/queue", headers=SCRIPT).status_code == 401
        assert visitor.client.get("/pages/operator/session", headers=SCRIPT).json()["user"] is None


def test_the_session_is_at_home_at_its_station_alone(tablet: Tablet, floor: Floor) -> None:
    session = tablet.session()
    assert session["workstation"] == {
        "id": floor.saw["id"], "guid": str(floor.saw["guid"]), "name": floor.saw["name"]
    }  # fmt: skip
    order = floor.released()
    assert order["code"] in tablet.queue()
    elsewhere = order["operations"][1]["id"]
    assert tablet.call(f"operations/{elsewhere}/start", key=str(uuid4())).status_code == 403


def test_promise_5_a_tablet_s_report_is_booked_once_whatever_the_retries(tablet: Tablet, floor: Floor) -> None:
    operation = floor.released()["operations"][0]["id"]
    key = str(uuid4())
    assert [tablet.call(f"operations/{operation}/start", key=key).status_code for _ in range(3)] == [204] * 3
    lot, key = floor.bar(), str(uuid4())
    body = {"good": 2, "consumed": [{"lot": lot, "qty": 6}], "produced": [{"qty": 2}]}
    answers = [tablet.call(f"operations/{operation}/report", body, key=key) for _ in range(3)]
    assert [each.status_code for each in answers] == [200] * 3
    assert len({each.text for each in answers}) == 1
    assert floor.operation(operation)["good"] == 2
    assert floor.on_hand(lot) == 94
    (label,) = answers[0].json()["labels"]
    picture = tablet.open(label["picture"])
    assert picture.headers["content-type"] == "image/svg+xml"
    assert label["name"] in picture.text
    other = tablet.call(f"operations/{operation}/report", {"good": 1}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_scan_tells_what_it_is_and_what_to_do(tablet: Tablet, floor: Floor) -> None:
    order = floor.released()
    lot = floor.bar(12)
    found = tablet.call("scans", {"code": lot}).json()
    assert (found["kind"], found["title"]) == ("lot", lot)
    assert ["At this station", "12"] in found["facts"]
    assert tablet.open(found["label"]).status_code == 200
    assert tablet.call("scans", {"code": order["code"]}).json()["operation_id"] == order["operations"][0]["id"]
    unknown = tablet.call("scans", {"code": "nobody knows"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN_CODE")


def test_leaving_the_tablet_ends_the_session(tablet: Tablet) -> None:
    cookies = dict(tablet.client.cookies)
    assert tablet.call("sign-out").status_code == 204
    with httpx.Client(base_url=tablet.origin, cookies=cookies) as kept:
        assert kept.get("/pages/operator/queue", headers=SCRIPT).status_code == 401


def test_the_menu_shows_what_one_may_open_and_the_rest_is_refused(world: World) -> None:
    seen = {}
    for account in (world.ours.operator, world.ours.manager, world.ours.admin):
        with office(world, account.email) as visitor:
            menu = MENU.search(visitor.open("/pages/admin").text)
            assert menu
            paths = re.findall(r'href="([^"]+)"', menu[0])
            assert {visitor.open(path).status_code for path in paths} == {200}
            refused = {path: visitor.open(path).status_code for path in ("/pages/admin/users", "/pages/admin/recall")}
            seen[account.name.split("-")[0]] = (len(paths), *refused.values())
    assert list(seen.values()) == [(4, 403, 403), (6, 403, 200), (9, 200, 200)]


def test_who_runs_the_installation_enters_a_company(world: World) -> None:
    with office(world, world.system.email) as visitor:
        listed = text_of(visitor.open("/pages/admin/companies"))
        assert world.ours.name in listed
        assert world.theirs.name in listed
        station = world.new_station(world.theirs)
        answer = visitor.send(f"/pages/admin/companies/{world.theirs.id}/enter")
        assert (answer.status_code, answer.headers["location"]) == (303, "/pages/admin")
        assert station["name"] in text_of(visitor.open("/pages/admin"))
        assert visitor.send(f"/pages/admin/companies/{uuid4()}/enter").status_code == 404
    with office(world, world.ours.admin.email) as visitor:
        assert visitor.send(f"/pages/admin/companies/{world.theirs.id}/enter").status_code == 403
        visitor.client.cookies.set("company", str(world.theirs.id))
        assert visitor.open("/pages/admin").status_code == 404, "a cookie opens no other company"


def test_a_key_is_shown_once_and_its_project_shows_its_progress(world: World) -> None:
    with office(world, world.ours.admin.email) as visitor:
        made = visitor.send("/pages/admin/api-keys", name=NEVER, expires_in_days="30", **{"scope-sync:write": "yes"})
        found = re.search(r'id="new-key">([^<]+)<', made.text)
        assert found
        assert NEVER not in made.text
        program = {"X-API-Key": found[1]}
        assert world.nobody.post(f"{API}/sync/projects", json={"projects": []}, headers=program).status_code == 422
        assert found[1] not in visitor.open("/pages/admin/api-keys").text
        wrong = visitor.send("/pages/admin/api-keys", name="", expires_in_days="0")
        assert (wrong.status_code, "No key was made." in wrong.text) == (422, True)
        code = planned(world.ours, components=1, assemblies=1, pieces=3)
        assert f"{code} House Ivanov" in text_of(visitor.open(f"/pages/admin/projects?q={code}"))
        (project,) = re.findall(r"/pages/admin/projects/(\d+)", visitor.open(f"/pages/admin/projects?q={code}").text)
        new = visitor.open(f"/pages/admin/cut-plans/new?project={project}&profile=S8000")
        component = re.findall(r'name="(component-\d+)"', new.text)
        form = {"project": project, "profile": "S8000", "length-1": "6500", "kerf": "4", component[0]: "yes"}
        plan = visitor.send("/pages/admin/cut-plans", **form).headers["location"]
        shown = visitor.open(plan)
        assert "3 pieces" in text_of(shown)
        version = re.search(r'name="version" value="(\d+)"', shown.text)
        assert version
        accepted = visitor.send(f"{plan}/accept", version=version[1])
        assert accepted.headers["location"].endswith("?done=accepted")
        assert visitor.send("/pages/admin/cut-plans", **form).status_code == 422, "they are all on a bar now"
        for text in ("", "1_0", "9" * 19, "9" * 5000):
            assert visitor.send("/pages/admin/cut-plans", **form | {"project": text}).status_code == 422


def test_a_recall_by_one_button(world: World, floor: Floor) -> None:
    number = unique("supplier")
    lot = floor.bar(50, supplier_lot=number)
    with office(world, world.ours.manager.email) as visitor:
        found = text_of(visitor.open(f"/pages/admin/recall?supplier_lot={number}"))
        assert "1 unit affected" in found
        assert lot in visitor.open(f"/pages/admin/recall.csv?supplier_lot={number}").text
        made = visitor.send("/pages/admin/recall", supplier_lot=number, lot="", reason="The supplier called")
        recalled = text_of(visitor.open(made.headers["location"]))
        assert "of which 1 were on hand and are blocked" in recalled
        assert "There is no such lot." in text_of(visitor.open("/pages/admin/recall?lot=none"))


def test_people_are_added_disabled_and_given_a_pin(world: World) -> None:
    email = f"{unique('maria')}@example.com"
    with office(world, world.ours.admin.email) as visitor:
        weak = visitor.send("/pages/admin/users", email=email, full_name="Maria", role="Operator", pin="123456")
        assert (weak.status_code, email in weak.text) == (422, True)
        visitor.send("/pages/admin/users", email=email, full_name="Maria", role="Operator", pin="314159", password="")
        (user,) = world.sql("SELECT id, guid FROM factory.users WHERE email = %(email)s", email=email)
        badge = visitor.open(f"/pages/labels/user/{user['id']}.pdf")
        assert badge.content.startswith(b"%PDF")
        with Tablet(world.nobody.base_url) as tablet:
            assert tablet.badge_in(user["guid"], world.ours.station["guid"], "314159").status_code == 204
            visitor.send(f"/pages/admin/users/{user['id']}/active", active="no")
            assert tablet.session()["user"] is None
        too_high = visitor.send("/pages/admin/users", email="x@example.com", full_name="X", role="SystemAdmin")
        assert too_high.status_code == 422


def test_the_last_day_of_the_calendar_has_no_next_one(world: World) -> None:
    with office(world, world.ours.manager.email) as visitor:
        assert visitor.open("/pages/admin/oee?from=2026-03-01&to=2026-03-02").status_code == 200
        assert visitor.open("/pages/admin/oee?from=&to=").status_code == 200
        assert visitor.open("/pages/admin/oee?to=9999-12-31").status_code == 422
