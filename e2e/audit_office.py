"""Papers of their own for each test of the audit app's pages, made over its API by the people of the sample data."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

PASSWORD = os.environ.get("E2E_AUDIT_PASSWORD", "password123")
LEAD, AUDITOR, REVIEWER, AUDITEE = (
    os.environ.get(f"E2E_AUDIT_{role}", f"{name}@example.com")
    for role, name in (("LEAD", "user"), ("AUDITOR", "auditor"), ("REVIEWER", "reviewer"), ("AUDITEE", "auditee"))
)
ENGAGEMENT = os.environ.get("E2E_AUDIT_ENGAGEMENT", "Audit of the books 2025")


@dataclass(frozen=True)
class Office:
    """The auditor at work in an engagement of the sample data."""

    url: str
    api: httpx.Client
    engagement_id: int
    auditee: str
    procedure_id: int

    def request(self) -> dict[str, Any]:
        """One that was sent to the auditee."""
        body = {"title": f"Papers {uuid4().hex[:8]}", "description": "All of them.", "assignee_id": self.auditee}
        made = created(self.api.post(f"/engagements/{self.engagement_id}/requests", json=body))
        assert self.api.post(f"/requests/{made['id']}/send").is_success
        return made

    def workpaper(self) -> dict[str, Any]:
        """One that is prepared, and waits for a reviewer."""
        body = {
            "procedure_id": self.procedure_id, "title": f"Looked at {uuid4().hex[:8]}", "objective": "To see",
            "work_done": "Seen", "conclusion": "It is as it should be",
        }  # fmt: skip
        made = created(self.api.post(f"/engagements/{self.engagement_id}/workpapers", json=body))
        assert self.api.post(f"/workpapers/{made['id']}/prepare").is_success
        return made

    def finding(self) -> dict[str, Any]:
        """One that was sent to the auditee."""
        body = {
            "workpaper_id": self.workpaper()["id"], "title": f"Wrong {uuid4().hex[:8]}", "criteria": "What should be",
            "condition": "What is", "owner_id": self.auditee, "severity": "high",
        }  # fmt: skip
        made = created(self.api.post(f"/engagements/{self.engagement_id}/findings", json=body))
        assert self.api.put(f"/findings/{made['id']}/evidence/{self.sealed()}").is_success
        sent = self.api.post(f"/findings/{made['id']}/validate")
        assert sent.is_success, sent.text
        return made

    def sealed(self) -> int:
        """A version of evidence that was sealed."""
        found = self.api.get("/evidence", params={"engagement": self.engagement_id, "limit": 100}).json()["items"]
        number: int = next(each["newest"]["id"] for each in found if each["newest"]["state"] == "sealed")
        return number


@contextmanager
def opened(url: str) -> Iterator[Office]:
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as client:
        found = client.post("/auth/login", json={"email": AUDITOR, "password": PASSWORD})
        if found.status_code != 200:
            pytest.skip(f"{AUDITOR} cannot sign in at this server: it has no sample data")
        client.headers["Authorization"] = f"Bearer {found.json()['access_token']}"
        items = client.get("/engagements", params={"limit": 100}).json()["items"]
        engagement_id = next(each["id"] for each in items if each["name"] == ENGAGEMENT)
        members = client.get(f"/engagements/{engagement_id}/members").json()
        auditee = next(each for each in members if each["email"] == AUDITEE)
        procedures = client.get(f"/engagements/{engagement_id}/procedures").json()["items"]
        procedure_id = next(each["id"] for each in procedures if each["requirement"])
        yield Office(url, client, engagement_id, auditee["id"], procedure_id)


def created(found: httpx.Response) -> dict[str, Any]:
    assert found.status_code == 201, found.text
    body: dict[str, Any] = found.json()
    return body


def sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/pages/sign-in")
    page.get_by_label("E-mail address or username").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(text)
