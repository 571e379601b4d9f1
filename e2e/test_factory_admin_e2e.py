"""The office of the factory in a real browser, each page at the width of a tablet and of a phone.

E2E_API_URL=http://localhost:8000 pytest e2e/test_factory_admin_e2e.py -v
"""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from e2e.factory_floor import ADMIN, PASSWORD, Floor, new_floor, seen, signed_in, synced, watched
from e2e.keyboard import focused, tab_to


@pytest.fixture(scope="module")
def api(factory_url: str) -> Iterator[httpx.Client]:
    with signed_in(factory_url) as client:
        yield client


@pytest.fixture(scope="module")
def floor(api: httpx.Client) -> Floor:
    return new_floor(api)


@pytest.fixture
def page(browser: Browser, factory_url: str, floor: Floor) -> Iterator[Page]:
    """The administrator has signed in, and is shown the dashboard."""
    with watched(browser) as context:
        page = context.new_page()
        page.goto(f"{factory_url}/pages/admin")
        page.get_by_label("E-mail address or username").fill(ADMIN)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
        yield page


def menu(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name).click()


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(text)


def test_the_board_renews_itself_and_keeps_the_focus(page: Page, floor: Floor) -> None:
    station = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=floor.station["name"]))
    expect(station).to_contain_text("idle")
    link = station.get_by_role("link")
    link.focus()
    page.evaluate("window.stayed = true")
    started = floor.api.post(f"/operations/{floor.operation}/start")
    assert started.is_success, started.text
    expect(station).to_contain_text("running", timeout=10_000)
    expect(station).to_contain_text(floor.order["code"])
    stop = {"workstation_id": floor.station["id"], "reason": "The blade is blunt"}
    stopped = floor.api.post("/downtimes", json=stop)
    assert stopped.is_success, stopped.text
    expect(station).to_contain_text("The blade is blunt", timeout=10_000)
    expect(station).to_contain_text("down since")
    expect(link).to_be_focused()
    assert page.evaluate("window.stayed")
    seen(page, "admin-dashboard")
    assert floor.api.post(f"/downtimes/{stopped.json()['id']}/close").is_success


def test_a_program_gets_a_key_its_project_a_cut_plan(page: Page, factory_url: str) -> None:
    menu(page, "API keys")
    page.get_by_label("Name").fill(f"Planning {uuid4().hex[:6]}")
    page.get_by_role("button", name="Make the key").click()
    key = page.locator("#new-key").inner_text()
    seen(page, "admin-api-keys")
    menu(page, "API keys")
    expect(page.get_by_text(key)).to_have_count(0)
    code = synced(factory_url, key)
    menu(page, "Projects")
    expect(page.get_by_role("row", name=code)).to_contain_text("0 of 8")
    seen(page, "admin-projects")
    page.get_by_role("link", name=code).click()
    seen(page, "admin-project")
    page.get_by_role("link", name=f"{code}-1").click()
    expect(page.get_by_role("row", name=f"{code}-1-L")).to_contain_text("1 450")
    seen(page, "admin-component")
    page.get_by_role("link", name=code, exact=True).click()
    page.get_by_role("link", name="Plan its cuts").click()
    seen(page, "admin-cut-plan-new")
    page.get_by_role("button", name="Plan the cuts").click()
    expect(page.get_by_role("img", name="bars with 8 pieces")).to_be_visible()
    seen(page, "admin-cut-plan")
    page.get_by_role("button", name="Accept the plan").click()
    said(page, "The plan is accepted")
    menu(page, "Cut plans")
    seen(page, "admin-cut-plans")
    menu(page, "API keys")
    page.get_by_role("row").filter(has_text="Planning").first.get_by_role("button").click()
    said(page, "The key is revoked.")


def test_a_recall_finds_everything_and_blocks_it_with_one_button(page: Page, floor: Floor) -> None:
    menu(page, "Stock")
    page.get_by_label("Code of a lot").fill(floor.lot["code"])
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("row", name=floor.lot["code"]).first).to_contain_text("100 m")
    seen(page, "admin-stock")
    menu(page, "Recall")
    page.get_by_label("or the supplier's number").fill(floor.lot["supplier_lot"])
    page.get_by_role("button", name="Find what is affected").click()
    expect(page.get_by_role("row", name=floor.lot["code"])).to_contain_text("released")
    seen(page, "admin-recall")
    page.get_by_label("Reason").fill("The supplier called")
    page.get_by_role("button", name=f"Recall {floor.lot['supplier_lot']}").click()
    said(page, "Everything on hand is blocked.")
    expect(page.get_by_role("row", name=floor.lot["code"])).to_contain_text("blocked")
    seen(page, "admin-recalled")
    menu(page, "Recall")
    page.get_by_label("Code of a lot").fill("there is none")
    page.get_by_role("button", name="Find what is affected").click()
    expect(page.get_by_role("alert")).to_have_text("There is no such lot.")


def test_people_and_workstations_get_their_labels(page: Page) -> None:
    name = f"Maria {uuid4().hex[:6]}"
    menu(page, "Users")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail address").fill(f"{uuid4().hex[:8]}@example.com")
    page.get_by_label("PIN, six digits").fill("123456")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_label("PIN, six digits").fill("314159")
    page.get_by_role("button", name="Add").click()
    said(page, "The user is added.")
    row = page.get_by_role("row", name=name)
    seen(page, "admin-users")
    badge = page.request.get(str(row.get_by_role("link").evaluate("link => link.href")))
    assert badge.headers["content-type"] == "application/pdf"
    assert badge.body().startswith(b"%PDF")
    row.get_by_role("button", name="Disable").click()
    said(page, "The user is disabled and signed out.")
    menu(page, "Workstations")
    page.get_by_label("Name").fill(f"Saw {uuid4().hex[:6]}")
    page.get_by_role("button", name="Add").click()
    said(page, "The workstation is added.")
    seen(page, "admin-workstations")
    page.get_by_role("link", name="Commands for scanners").click()
    page.evaluate("Promise.all([...document.images].slice(0, 6).map((each) => each.decode()))")  # else it raises
    seen(page, "admin-commands")


def test_oee_is_a_chart_and_a_table_and_all_of_it_goes_by_keyboard(page: Page, floor: Floor) -> None:
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, "OEE")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="OEE", level=1)).to_be_visible()
    page.wait_for_load_state()
    tab_to(page, "Workstation")
    page.keyboard.type(floor.station["name"])
    tab_to(page, "Show")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Workstation")).to_have_value(str(floor.station["id"]))
    expect(page.get_by_role("img", name="Availability")).to_be_visible()
    tab_to(page, "Formulas and their inputs")
    page.keyboard.press("Enter")
    expect(page.get_by_text("PBT, planned busy time")).to_be_visible()
    seen(page, "admin-oee")
