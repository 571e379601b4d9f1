"""Somebody at a browser: keeps cookies, says where forms come from, and sends the token that pages put into them."""

import re
from typing import Self

import httpx

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
VERSION = re.compile(r'name="version" value="(\d+)"')


class Visitor:
    def __init__(self, base_url: httpx.URL) -> None:
        self.origin = str(base_url).rstrip("/")
        self.client = httpx.Client(base_url=base_url, timeout=30, verify=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def open(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def token(self) -> str:
        """A token of a page that is shown to everybody: the sign-in form's, or the sign-out form's on the list."""
        page = self.client.get("/pages/sign-in", follow_redirects=True)
        found = CSRF.search(page.text)
        assert found, page.text
        return found[1]

    def send(self, path: str, *, origin: str | None = None, **fields: str) -> httpx.Response:
        """Send a form, as the page that holds it would."""
        data = {"csrf": fields.pop("csrf", None) or self.token(), **fields}
        return self.client.post(path, data=data, headers={"Origin": origin or self.origin})

    def sign_in(self, name: str, password: str) -> httpx.Response:
        answer = self.send("/pages/sign-in", name=name, password=password)
        assert answer.status_code == 303, answer.text
        return answer


def version_in(page: httpx.Response) -> str:
    found = VERSION.search(page.text)
    assert found, page.text
    return found[1]


def assert_page(answer: httpx.Response, status: int) -> None:
    """Fail unless this is a page with this status, under a policy that lets nothing inline run."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert {"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<style| style=| on\w+=", answer.text), "the policy would not let it run"
