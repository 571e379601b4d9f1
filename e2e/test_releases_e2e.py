"""The pages of the release manager in a real browser, at the width of a desk and of a phone.

E2E_API_URL=http://localhost:8000 pytest e2e/test_releases_e2e.py -v

They go by the sample data. What they publish stays, since it never changes: run them where that does no harm.
"""

import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Shots
from e2e.keyboard import focused, tab_to

ADMIN = os.environ.get("E2E_RELEASES_ADMIN", "anna@example.com")
MANAGER = os.environ.get("E2E_RELEASES_MANAGER", "marco@example.com")
PASSWORD = os.environ.get("E2E_RELEASES_PASSWORD", "released with care")
SHA = "0123456789abcdef" * 2 + "01234567"
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture(scope="session")
def admin(releases_url: str) -> Iterator[httpx.Client]:
    """A client that sends the administrator's token."""
    with httpx.Client(base_url=f"{releases_url}/api/v1", timeout=30) as client:
        found = client.post("/auth/login", json={"email": ADMIN, "password": PASSWORD})
        if found.status_code != 200:
            pytest.skip(f"{ADMIN} cannot sign in at this server: it has no sample data")
        client.headers["Authorization"] = f"Bearer {found.json()['access_token']}"
        yield client


@pytest.fixture
def draft(admin: httpx.Client) -> dict[str, Any]:
    """A draft of a service of its own, which goes anywhere once somebody of a group has approved: the administrator."""
    name = f"e2e-{uuid4().hex[:10]}"
    team, group = (made(admin.post(path, json={"name": name})) for path in ("/teams", "/groups"))
    me = admin.get("/users/me").json()["id"]
    assert admin.put(f"/groups/{group['id']}/members/{me}").is_success
    service = made(admin.post("/services", json={"name": name, "team_id": team["id"]}))
    environment = admin.get("/environments").json()[0]
    rule = {"name": f"{name} is looked at", "service_id": service["id"], "environment_id": environment["id"]}
    made(admin.post("/approval-rules", json={**rule, "group_id": group["id"]}))
    changes = [
        {"sha": f"{number:040x}", "message": message, "author": "Ada"}
        for number, message in enumerate(("feat(cart)!: Count <b>twice</b>", "fix: Round prices", "Tidy up"))
    ]
    body = {"service_id": service["id"], "version": "1.0.0", "git_sha": SHA, "changes": changes}
    body |= {"artifacts": [{"name": "image", "digest": DIGEST}], "notes": "# The first\n\n* <b>it</b> counts"}
    release = made(admin.post("/releases", json=body))
    return {"id": release["id"], "name": name, "environment": environment["name"]}


def made(found: httpx.Response) -> dict[str, Any]:
    assert found.status_code == 201, found.text
    body: dict[str, Any] = found.json()
    return body


def sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/pages/sign-in")
    page.get_by_label("E-mail address or username").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def requested(page: Page, url: str, draft: dict[str, Any]) -> None:
    """Publish the draft in the browser, and ask for a deployment."""
    sign_in(page, url, MANAGER)
    page.goto(f"{url}/pages/releases/{draft['id']}")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_have_text("The release is published.")
    page.get_by_label("Deploy to").select_option(label=draft["environment"])
    page.get_by_label("Reason").fill("A try in a browser")
    page.get_by_role("button", name="Request the deployment").click()
    expect(page.get_by_role("status")).to_have_text("The deployment is requested.")


@pytest.mark.usefixtures("admin")
def test_the_board_leads_to_releases_and_deployments(page: Page, releases_url: str, shots: Shots) -> None:
    sign_in(page, releases_url, ADMIN)
    expect(page.get_by_role("heading", name="What runs where")).to_be_visible()
    shots.take(page, "releases-board")
    page.get_by_label("Team").select_option(index=1)
    page.get_by_role("button", name="Show").click()
    page.locator("td a.version").first.click()
    expect(page.get_by_role("heading", name="What it is")).to_be_visible()
    page.go_back()
    page.locator("td a:has(time)").first.click()
    expect(page.get_by_role("heading", name="What became of it")).to_be_visible()
    shots.take(page, "releases-deployed")


def test_a_release_is_published_asked_for_explained_and_approved(
    page: Page, releases_url: str, draft: dict[str, Any], shots: Shots
) -> None:
    requested(page, releases_url, draft)
    expect(page.get_by_role("heading", name="Why it may not start yet")).to_be_visible()
    expect(page.get_by_role("row", name=f"{draft['name']} is looked at")).to_contain_text("missing")
    shots.take(page, "releases-deployment")
    page.goto(f"{releases_url}/pages/releases/{draft['id']}")
    expect(page.get_by_text("Count <b>twice</b>").first).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_be_disabled()
    shots.take(page, "releases-release")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, releases_url, ADMIN)
    page.get_by_role("link", name="Approvals").click()
    waiting = page.locator("section", has=page.get_by_role("link", name=draft["name"]))
    shots.take(page, "releases-inbox")
    waiting.get_by_label("Comment").fill("Seen in a browser")
    waiting.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_have_text("You have approved it.")
    expect(page.get_by_role("row", name=draft["name"])).to_contain_text("Seen in a browser")
    page.get_by_role("row", name=draft["name"]).get_by_role("link").click()
    expect(page.get_by_role("heading", name="It may start: every rule is satisfied")).to_be_visible()


@pytest.mark.usefixtures("admin")
def test_each_number_has_a_chart_a_table_and_the_rows_behind_it(page: Page, releases_url: str, shots: Shots) -> None:
    sign_in(page, releases_url, ADMIN)
    page.get_by_role("link", name="DORA").click()
    expect(page.get_by_role("img")).to_have_count(5)
    expect(page.get_by_role("img", name="Change fail rate, by week")).to_be_visible()
    card = page.locator("section", has=page.get_by_role("heading", name="Change fail rate"))
    card.get_by_text("The numbers as a table").click()
    expect(card.get_by_role("table")).to_be_visible()
    shots.take(page, "releases-dora")
    card.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Change fail rate: the rows")).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    shots.take(page, "releases-dora-rows")
    page.get_by_role("link", name="All five metrics").click()
    page.get_by_label("Service").select_option(index=1)
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("From")).to_have_value("2026-01-01")


def test_a_freeze_begins_and_ends(page: Page, releases_url: str, draft: dict[str, Any], shots: Shots) -> None:
    sign_in(page, releases_url, MANAGER)
    page.get_by_role("link", name="Freezes").click()
    page.get_by_role("link", name="Freeze", exact=True).click()
    page.get_by_label("Name").fill(draft["name"])
    page.get_by_label("Reason").fill("A try in a browser")
    page.get_by_label("Service").select_option(label=draft["name"])
    shots.take(page, "releases-freeze")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("status")).to_have_text("The freeze is on the list.")
    card = page.locator("section", has=page.get_by_role("heading", name=draft["name"]))
    expect(card).to_contain_text("holds")
    shots.take(page, "releases-freezes")
    page.goto(f"{releases_url}/pages/board")
    expect(page.get_by_role("row", name=draft["name"])).to_contain_text("frozen")
    page.goto(f"{releases_url}/pages/freezes")
    card.get_by_role("button").click()
    expect(page.get_by_role("status")).to_have_text("The freeze has ended.")


def test_approving_takes_no_mouse(page: Page, releases_url: str, draft: dict[str, Any]) -> None:
    requested(page, releases_url, draft)
    page.context.clear_cookies()
    page.goto(f"{releases_url}/pages/approvals")
    expect(page.get_by_label("E-mail address or username")).to_be_focused()
    page.keyboard.type(ADMIN)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, f"{draft['name']} 1.0.0 to {draft['environment']}", most=200)
    tab_to(page, "Comment")
    page.keyboard.type("By keyboard")
    tab_to(page, f"Approve {draft['name']} 1.0.0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("You have approved it.")
