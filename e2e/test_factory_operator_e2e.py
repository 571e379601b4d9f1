"""The tablet of the factory in a real browser: by touch, by keyboard alone, by scanner alone, and without Wi-Fi.

E2E_API_URL=http://localhost:8000 pytest e2e/test_factory_operator_e2e.py -v
"""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from e2e.conftest import Shots
from e2e.factory_floor import PHONE, PIN, TABLET, Floor, new_floor, seen, signed_in, watched

HUMAN = 110  # milliseconds from key to key
SMALL = """[...document.querySelectorAll("button, input, a, summary")].filter((each) => {
    const box = each.getBoundingClientRect();
    return each.checkVisibility() && (box.width < 48 || box.height < 48);
}).map((each) => each.outerHTML)"""

FOCUS = """((each) => each.tabIndex < 0 ? "" : (each.labels && each.labels[0] || each).innerText)(
    document.activeElement)"""


@pytest.fixture(scope="module")
def api(factory_url: str) -> Iterator[httpx.Client]:
    with signed_in(factory_url) as client:
        yield client


@pytest.fixture
def floor(api: httpx.Client) -> Floor:
    return new_floor(api)


@pytest.fixture
def tablet(browser: Browser) -> Iterator[BrowserContext]:
    with watched(browser, has_touch=True) as context:
        yield context


@pytest.fixture
def page(tablet: BrowserContext) -> Page:
    return tablet.new_page()


def scan(page: Page, code: str) -> None:
    """What a keyboard-wedge scanner does: the code as fast keys, and Enter."""
    page.keyboard.type(f"{code}\n")


def press(page: Page, name: str, *, exact: bool = True) -> None:
    page.get_by_role("button", name=name, exact=exact).tap()


def sign_in(page: Page, url: str, floor: Floor) -> None:
    page.goto(f"{url}/pages/operator")
    scan(page, floor.station["guid"])
    scan(page, floor.badge)
    for digit in PIN:
        press(page, digit)
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()


def started(page: Page, url: str, floor: Floor) -> None:
    sign_in(page, url, floor)
    press(page, floor.order["code"], exact=False)
    press(page, "Start")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def waiting(page: Page, text: str) -> None:
    expect(page.locator("#kept")).to_have_text(text)


def counted(floor: Floor) -> list[tuple[int, int]]:
    return [(each["good"], each["scrap"]) for each in floor.reports()]


def test_a_shift_by_touch(page: Page, factory_url: str, floor: Floor) -> None:
    page.goto(f"{factory_url}/pages/operator")
    expect(page.get_by_role("heading", name="Which workstation is this?")).to_be_visible()
    shown(page, "station")
    page.get_by_label("Code of the workstation").fill(floor.station["guid"])
    press(page, "Use it")
    shown(page, "badge")
    page.get_by_label("Code of the badge").fill(floor.badge)
    press(page, "Go on")
    for digit in PIN:
        press(page, digit)
    shown(page, "pin")
    press(page, "Sign in")
    expect(page.locator("#where")).to_have_text(f"{floor.station['name']} · {floor.person}")
    expect(page.get_by_role("button", name=floor.order["code"])).to_contain_text("Frame 70 mm")
    shown(page, "queue")
    press(page, floor.order["code"], exact=False)
    shown(page, "operation")
    press(page, "Start")
    press(page, "Report")
    press(page, "3")
    press(page, "Scrap …")
    shown(page, "reasons")
    press(page, f"Scratched {floor.reason[2:]}", exact=False)
    press(page, "Material …")
    page.get_by_label("Code of the lot").fill(floor.lot["code"])
    press(page, "Add")
    expect(page.get_by_role("button", name=floor.lot["code"])).to_be_visible()
    press(page, "8")
    shown(page, "report")
    press(page, "Book")
    expect(page.get_by_role("heading", name="✓ Booked")).to_be_visible()
    shown(page, "booked")
    (report,) = floor.reports()
    booked = floor.api.get(f"/reports/{report['id']}").json()
    assert (booked["good"], booked["scrap"]) == (3, 1)
    assert booked["scrapped"] == [{"reason": floor.reason, "quantity": 1}]
    assert [(each["lot"], each["issued"]) for each in booked["consumed"]] == [(floor.lot["code"], 8)]
    assert [each["quantity"] for each in booked["produced"]] == [3]
    press(page, "Next")
    expect(page.get_by_role("button", name=floor.order["code"])).to_contain_text("3 of 10")
    press(page, "Sign out")
    expect(page.get_by_role("heading", name="Scan your badge")).to_be_visible()
    press(page, floor.person, exact=False)
    expect(page.get_by_role("heading", name="Your PIN")).to_be_visible()


def shown(page: Page, name: str) -> None:
    """Keep pictures, and measure: every target is big enough for a glove at both sizes."""
    seen(page, f"operator-{name}")
    for size in (PHONE, TABLET):
        page.set_viewport_size(size)
        assert page.evaluate(SMALL) == []


def test_reports_without_wifi_are_booked_once_and_in_order(
    page: Page, tablet: BrowserContext, factory_url: str, floor: Floor
) -> None:
    started(page, factory_url, floor)
    tablet.set_offline(True)
    for good in ("2", "1"):
        press(page, "Report")
        press(page, good)
        press(page, "Book")
        expect(page.get_by_role("heading", name="✓ Kept on this tablet")).to_be_visible()
        press(page, "Next")
        press(page, floor.order["code"], exact=False)
    waiting(page, "2 waiting")
    expect(page.locator("#wifi")).to_have_text("▲ No Wi-Fi")
    Shots("tablet").take(page, "factory-operator-offline", schemes=("light",))
    assert counted(floor) == []
    tablet.set_offline(False)
    expect(page.locator("#kept")).to_be_hidden(timeout=20_000)
    assert counted(floor) == [(2, 0), (1, 0)]


def test_the_page_opens_without_wifi_and_still_has_what_waits(
    page: Page, tablet: BrowserContext, factory_url: str, floor: Floor
) -> None:
    started(page, factory_url, floor)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    tablet.set_offline(True)
    press(page, "Report")
    press(page, "4")
    press(page, "Book")
    waiting(page, "1 waiting")
    page.close()
    again = tablet.new_page()
    again.goto(f"{factory_url}/pages/operator")
    waiting(again, "1 waiting")
    press(again, floor.order["code"], exact=False)
    press(again, "Report")
    press(again, "1")
    press(again, "Book")
    waiting(again, "2 waiting")
    tablet.set_offline(False)
    expect(again.locator("#kept")).to_be_hidden(timeout=20_000)
    assert counted(floor) == [(4, 0), (1, 0)]


def test_a_report_whose_answer_is_lost_is_booked_once(page: Page, factory_url: str, floor: Floor) -> None:
    started(page, factory_url, floor)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/report", lose, times=1)
    press(page, "Report")
    press(page, "5")
    press(page, "Book")
    expect(page.get_by_role("heading", name="✓ Kept on this tablet")).to_be_visible()
    assert lost == [200]
    assert counted(floor) == [(5, 0)]
    expect(page.locator("#kept")).to_be_hidden(timeout=20_000)
    assert counted(floor) == [(5, 0)]


def test_what_the_server_refuses_is_shown_and_not_lost(
    page: Page, tablet: BrowserContext, factory_url: str, floor: Floor
) -> None:
    started(page, factory_url, floor)
    tablet.set_offline(True)
    press(page, "Report")
    press(page, "2")
    press(page, "Book")
    waiting(page, "1 waiting")
    held = floor.api.post(f"/work-orders/{floor.order['id']}/hold", json={"reason": "A try in a browser"})
    assert held.is_success, held.text
    tablet.set_offline(False)
    expect(page.locator("#kept")).to_have_text("1 refused", timeout=20_000)
    page.locator("#kept").tap()
    expect(page.get_by_text(f"✕ 2 good of {floor.order['code']}")).to_be_visible()
    Shots("tablet").take(page, "factory-operator-refused", schemes=("light",))
    press(page, "I have seen it", exact=False)
    expect(page.locator("#kept")).to_be_hidden()
    assert counted(floor) == []


def test_a_shift_by_scanner_alone(page: Page, factory_url: str, floor: Floor) -> None:
    page.goto(f"{factory_url}/pages/operator")
    expect(page.get_by_role("heading", name="Which workstation is this?")).to_be_visible()
    for code in (floor.station["guid"], floor.badge, *(f"CMD-{digit}" for digit in PIN), "CMD-OK"):
        scan(page, code)
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()
    expect(page.get_by_role("button", name=floor.order["code"])).to_be_visible()
    scan(page, floor.order["code"])
    scan(page, "CMD-START")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    for command, state in (("PAUSE", "paused"), ("RESUME", "running")):
        scan(page, f"CMD-{command}")
        expect(page.get_by_role("definition").first).to_contain_text(state)
    scan(page, "CMD-REPORT")
    scan(page, "CMD-6")
    scan(page, floor.reason)
    scan(page, floor.lot["code"])
    expect(page.get_by_role("button", name=floor.lot["code"])).to_be_visible()
    for command in ("7", "OK"):
        scan(page, f"CMD-{command}")
    expect(page.get_by_role("heading", name="✓ Booked")).to_be_visible()
    assert counted(floor) == [(6, 1)]
    scan(page, "CMD-END")
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()
    assert floor.state() == "ended"
    scan(page, "CMD-SIGNOUT")
    expect(page.get_by_role("heading", name="Scan your badge")).to_be_visible()


def test_a_shift_by_keyboard_alone(page: Page, factory_url: str, floor: Floor) -> None:
    page.goto(f"{factory_url}/pages/operator")
    expect(page.get_by_role("heading", name="Which workstation is this?")).to_be_visible()
    for field, code in (("Code of the workstation", floor.station["guid"]), ("Code of the badge", floor.badge)):
        to(page, field)
        page.keyboard.insert_text(code)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your PIN")).to_be_visible()
    page.keyboard.type(PIN, delay=HUMAN)
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=floor.order["code"])).to_be_visible()
    to(page, floor.order["code"])
    for following in ("Start", "Report", "Book"):
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=following)).to_be_focused()
    page.keyboard.type("7", delay=HUMAN)
    expect(page.get_by_role("button", name="Good")).to_contain_text("7")
    to(page, "Book")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="✓ Booked")).to_be_visible()
    assert counted(floor) == [(7, 0)]


def to(page: Page, what: str) -> None:
    """Press Tab until this has the focus, which can be seen."""
    for _ in range(40):
        if what in page.evaluate(FOCUS):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
    pytest.fail(f"Tab never came to {what}")


def test_the_token_is_nowhere_a_script_or_a_log_finds_it(
    page: Page, tablet: BrowserContext, factory_url: str, floor: Floor
) -> None:
    sign_in(page, factory_url, floor)
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
    cookies = tablet.cookies()
    assert [each["httpOnly"] for each in cookies] == [True]
    assert all(str(each["value"]) not in kept for each in cookies)
    assert PIN not in kept
    assert "eyJ" not in kept
