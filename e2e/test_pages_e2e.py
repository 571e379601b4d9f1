"""The pages in a real browser, at the width of a desk and of a phone; each keeps a screenshot in e2e/screenshots.

E2E_API_URL=http://localhost:8000 pytest e2e/test_pages_e2e.py -v
"""

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import EMAIL, PASSWORD, Shots
from e2e.keyboard import focused, tab_to

LATE = re.compile(r".*[?&]done=\w+$")


def sign_in(page: Page, pages_url: str) -> None:
    page.goto(f"{pages_url}/sign-in")
    page.get_by_label("E-mail address or username").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def add_item(page: Page, pages_url: str, name: str) -> None:
    page.goto(f"{pages_url}/items/new")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Description").fill("Of a test in a browser")
    page.get_by_label("Price").fill("12.50")
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_have_text("The item is added.")


def delete_item(page: Page, pages_url: str, name: str) -> None:
    page.goto(f"{pages_url}/items?q={name}")
    page.get_by_role("link", name=name).click()
    page.get_by_text("Delete this item").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("status")).to_have_text("The item is deleted.")


def test_the_landing_page_leads_to_what_there_is(page: Page, root_url: str, shots: Shots) -> None:
    page.goto(f"{root_url}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    shots.take(page, "landing")
    page.get_by_role("link", name="pages", exact=True).first.click()
    expect(page.get_by_role("heading", name="Items", level=1)).to_be_visible()


def test_the_documentation_works_without_the_internet(
    page: Page, api: httpx.Client, api_url: str, shots: Shots
) -> None:
    if not api.get("/config").json()["docs_enabled"]:
        pytest.skip("DOCS_ENABLED is off at this server")
    page.goto(f"{api_url}/docs")
    expect(page.get_by_text("Items, some at a time")).to_be_visible()
    shots.take(page, "documentation")


def test_an_item_is_added_changed_found_and_deleted(page: Page, pages_url: str, shots: Shots) -> None:
    sign_in(page, pages_url)
    name = f"E2E {uuid4().hex[:12]}"
    add_item(page, pages_url, name)
    shots.take(page, "list")
    try:
        page.get_by_role("searchbox").fill(name.lower())
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_text("1 item that match")).to_be_visible()
        page.get_by_role("link", name=name).click()
        shots.take(page, "item")
        page.get_by_label("Quantity").fill("7")
        page.get_by_role("button", name="Save").click()
        expect(page).to_have_url(LATE)
        page.goto(f"{pages_url}/items?q={name}")
        expect(page.get_by_role("row", name=name)).to_contain_text("7")
    finally:
        delete_item(page, pages_url, name)
    page.goto(f"{pages_url}/items?q={name}")
    expect(page.get_by_text("No item matches.")).to_be_visible()
    shots.take(page, "nothing-found")


def test_what_is_wrong_stands_beside_its_field(page: Page, pages_url: str, shots: Shots) -> None:
    sign_in(page, pages_url)
    page.goto(f"{pages_url}/items/new")
    page.locator("form.card").evaluate("form => form.noValidate = true")  # what the browser itself would not send
    page.get_by_label("Name").fill("Kept as it was typed")
    page.get_by_label("Price").fill("-1")
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.get_by_role("button", name="Add").click()
    assert sent.value.status == 422
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Price")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_have_value("Kept as it was typed")
    shots.take(page, "wrong")


def test_two_who_edit_one_item_do_not_overwrite_each_other(page: Page, pages_url: str, shots: Shots) -> None:
    sign_in(page, pages_url)
    name = f"E2E {uuid4().hex[:12]}"
    add_item(page, pages_url, name)
    try:
        page.goto(f"{pages_url}/items?q={name}")
        page.get_by_role("link", name=name).click()
        other = page.context.new_page()
        other.goto(page.url)
        other.get_by_label("Quantity").fill("1")
        other.get_by_role("button", name="Save").click()
        expect(other.get_by_role("status")).to_have_text("The item is saved.")
        other.close()
        page.get_by_label("Quantity").fill("2")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("Somebody has changed this item since you opened it.")
        expect(page.get_by_label("Quantity")).to_have_value("2")
        shots.take(page, "conflict")
    finally:
        delete_item(page, pages_url, name)


def test_a_form_with_a_wrong_token_is_refused_by_a_page(page: Page, pages_url: str, shots: Shots) -> None:
    sign_in(page, pages_url)
    page.goto(f"{pages_url}/items/new")
    page.locator("form.card input[name=csrf]").evaluate("field => field.value = 'forged'")
    page.get_by_label("Name").fill("Never added")
    page.get_by_label("Price").fill("1")
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.get_by_role("button", name="Add").click()
    assert sent.value.status == 403
    assert sent.value.headers["content-type"].startswith("text/html")
    expect(page.get_by_role("alert")).to_contain_text("not sent from the page that it belongs to")
    shots.take(page, "refused")


def test_a_wrong_password_is_told_and_signing_out_ends_it(page: Page, pages_url: str, shots: Shots) -> None:
    page.goto(f"{pages_url}/sign-in")
    page.get_by_label("E-mail address or username").fill(f"{uuid4().hex}@example.com")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Incorrect email or password")
    shots.take(page, "sign-in")
    sign_in(page, pages_url)
    before = page.context.cookies()
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Lax" for cookie in before)
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.context.add_cookies(before)  # whoever has kept the cookie has kept nothing
    page.goto(f"{pages_url}/items")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_everything_can_be_done_by_keyboard(page: Page, pages_url: str, shots: Shots) -> None:
    name = f"E2E {uuid4().hex[:12]}"
    page.goto(f"{pages_url}/sign-in")
    expect(page.get_by_label("E-mail address or username")).to_be_focused()
    page.keyboard.type(EMAIL)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    shots.take(page, "focus")
    tab_to(page, "Add an item")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Add an item")).to_be_visible()
    page.wait_for_load_state()
    for label, text in (("Name", name), ("Price", "1.25"), ("Quantity", "4")):
        tab_to(page, label)
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The item is added.")
    page.goto(f"{pages_url}/items?q={name}")
    tab_to(page, name)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Price")).to_have_value("1.25")
    page.wait_for_load_state()
    for label in ("Delete this item", "Delete it"):
        tab_to(page, label)
        page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The item is deleted.")
