"""Where the server is that these tests go to, who signs in, and the browser.

    E2E_API_URL=http://localhost:8000 pytest e2e -v

E2E_API_URL is the root of a server, which has the items app alone or below `/items`. Outside development, E2E_EMAIL and
E2E_PASSWORD name an administrator; every write carries the token, so the flows are the same.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Response, sync_playwright

URL = os.environ.get("E2E_API_URL", "")
EMAIL = os.environ.get("E2E_EMAIL", "test@example.com")
PASSWORD = os.environ.get("E2E_PASSWORD", "password123")


WIDTHS = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.fixture(scope="session")
def root_url() -> str:
    if not URL:
        pytest.skip("E2E_API_URL is not set: it names the server to test")
    return URL.rstrip("/")


@pytest.fixture(scope="session")
def api_url(root_url: str) -> str:
    is_alone = httpx.get(f"{root_url}/config", timeout=30).status_code == 200
    return root_url if is_alone else f"{root_url}/items"


@pytest.fixture(scope="session")
def pages_url(api_url: str) -> str:
    return f"{api_url}/pages"


@pytest.fixture(scope="session")
def releases_url(root_url: str) -> str:
    """Where the release manager is, if the server has it."""
    for url in (f"{root_url}/releases", root_url):
        if httpx.get(f"{url}/pages/board", timeout=30).status_code == 303:
            return url
    pytest.skip("this server has no release manager")


@pytest.fixture(scope="session")
def factory_url(root_url: str) -> str:
    """Where the factory is, if the server has it."""
    for url in (f"{root_url}/factory", root_url):
        if httpx.get(f"{url}/pages/operator", timeout=30).status_code == 200:
            return url
    pytest.skip("this server has no factory")


@pytest.fixture(scope="session")
def audit_url(root_url: str) -> str:
    """Where the audit app is, if the server has it."""
    for url in (f"{root_url}/audit", root_url):
        if httpx.get(f"{url}/pages/start", timeout=30).status_code == 303:
            return url
    pytest.skip("this server has no audit app")


@pytest.fixture(scope="session")
def api(api_url: str) -> Iterator[httpx.Client]:
    """A client that has not signed in."""
    with httpx.Client(base_url=api_url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def tokens(api: httpx.Client) -> dict[str, str]:
    found = api.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
    assert found.status_code == 200, f"{EMAIL} cannot sign in: {found.text}"
    body: dict[str, str] = found.json()
    return body


@pytest.fixture(scope="session")
def signed_in(api_url: str, tokens: dict[str, str]) -> Iterator[httpx.Client]:
    """A client that sends its token with each request."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    with httpx.Client(base_url=api_url, timeout=30, headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium that Playwright has installed, or else the machine's."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        program = own if Path(own).exists() else shutil.which("chromium") or shutil.which("google-chrome")
        if program is None:
            pytest.skip("there is no Chromium: playwright install chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True)
class Shots:
    """Keeps what a page looks like, in the light and in the dark."""

    device: str

    def take(self, page: Page, name: str, *, schemes: Sequence[str] = ("light", "dark")) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=SCREENSHOTS / f"{name}-{self.device}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the screen"


@pytest.fixture(params=WIDTHS)
def device(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def shots(device: str) -> Shots:
    return Shots(device)


@pytest.fixture
def page(browser: Browser, device: str) -> Iterator[Page]:
    """A page in a browser without history. Afterwards nothing may stand in its console but what a test provoked."""
    context = browser.new_context(viewport=WIDTHS[device])  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda answer: complaints.append(answer.url) if _is_missing(answer) else None)
    yield page
    context.close()
    # The browser notes every answer of 400 and above. Those to pages are what tests ask for; of others there is none.
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


def _is_missing(answer: Response) -> bool:
    return answer.status >= 400 and answer.request.resource_type != "document"
