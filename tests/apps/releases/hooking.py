"""Bodies as GitHub, GitLab and monitors send them, with the fields that they have, signed as they sign."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from portico.kernel.webhook_signing import secret_of, signed_headers

GITHUB_SECRET = "github-says-so-and-signs-it"
GITLAB_TOKEN = "gitlab-says-so-and-shows-it"
CDEVENTS_SECRET = "whsec_" + "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcyEhISE="
SECRETS = {
    "RELEASES_GITHUB_SECRET": GITHUB_SECRET,
    "RELEASES_GITLAB_SECRET": GITLAB_TOKEN,
    "RELEASES_CDEVENTS_SECRET": CDEVENTS_SECRET,
}
SHA = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"
REPOSITORY = "https://github.com/Octo/Shop"
PROJECT = "https://gitlab.example.com/octo/shop"


def signed(
    event: str, body: Mapping[str, Any], *, delivery: str | None = None, secret: str = GITHUB_SECRET
) -> tuple[bytes, dict[str, str]]:
    """Body and headers as GitHub sends them."""
    raw = json.dumps(body).encode()
    return raw, {
        "Content-Type": "application/json", "X-GitHub-Event": event, "X-GitHub-Delivery": delivery or str(uuid4()),
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest(),
    }  # fmt: skip


def send(client: httpx.Client, event: str, body: Mapping[str, Any], **options: str) -> httpx.Response:
    raw, headers = signed(event, body, **options)
    return client.post("/api/v1/hooks/github", content=raw, headers=headers)


def send_gitlab(
    client: httpx.Client, body: Mapping[str, Any], *, token: str = GITLAB_TOKEN, **headers: str
) -> httpx.Response:
    known = headers or {"Idempotency-Key": str(uuid4())}
    sent = {"X-Gitlab-Token": token, "X-Gitlab-Event": "Some Hook", **known}
    return client.post("/api/v1/hooks/gitlab", json=body, headers=sent)


def send_event(
    client: httpx.Client, body: Mapping[str, Any], *, structured: bool = False, **headers: str
) -> httpx.Response:
    """As CloudEvents go over HTTP, in binary mode where it does not say otherwise."""
    context = body["context"]
    kind, sent = "application/json", body
    modes = {
        "ce-id": context["id"],
        "ce-source": context["source"],
        "ce-type": context["type"],
        "ce-specversion": "1.0",
    }
    if structured:
        kind, modes = "application/cloudevents+json", {}
        named = {name: context[name] for name in ("id", "source", "type")}
        sent = {"specversion": "1.0", **named, "data": body}
    raw = json.dumps(sent).encode()
    secrets = [secret_of(CDEVENTS_SECRET)]
    signed = signed_headers(secrets, message_id=str(uuid4()), at=datetime.now(UTC), body=raw)
    return client.post(
        "/api/v1/hooks/cdevents", content=raw, headers={"Content-Type": kind, **modes, **signed, **headers}
    )


def repository(url: str = REPOSITORY) -> dict[str, Any]:
    name = url.removeprefix("https://github.com/")
    return {
        "id": 1, "full_name": name, "html_url": url, "clone_url": f"{url}.git", "ssh_url": f"git@github.com:{name}.git",
        "url": f"https://api.github.com/repos/{name}", "default_branch": "main",
    }  # fmt: skip


def push(ref: str, *, after: str = SHA, deleted: bool = False, url: str = REPOSITORY) -> dict[str, Any]:
    return {
        "ref": ref, "before": "0" * 40, "after": "0" * 40 if deleted else after, "created": not deleted,
        "deleted": deleted, "forced": False, "base_ref": None, "commits": [], "head_commit": None,
        "repository": repository(url), "pusher": {"name": "octo", "email": "octo@example.com"},
    }  # fmt: skip


def released(tag: str, *, body: str = "", commit: str = "main", url: str = REPOSITORY) -> dict[str, Any]:
    release = {
        "id": 17372790, "tag_name": tag, "target_commitish": commit, "name": "", "draft": False, "prerelease": False,
        "assets": [], "body": body, "created_at": "2026-05-15T15:19:25Z", "published_at": "2026-05-15T15:20:53Z",
    }  # fmt: skip
    return {"action": "published", "release": release, "repository": repository(url)}


def deployment(
    number: int, environment: str, *, ref: str = "main", sha: str = SHA, payload: Any = None, url: str = REPOSITORY
) -> dict[str, Any]:
    made = {
        "id": number, "sha": sha, "ref": ref, "task": "deploy", "payload": {} if payload is None else payload,
        "original_environment": environment, "environment": environment, "description": None,
    }  # fmt: skip
    return {"action": "created", "deployment": made, "workflow": None, "repository": repository(url)}


def status(state: str, number: int, environment: str, *, description: str = "", **options: Any) -> dict[str, Any]:
    said = {"id": number + 1, "state": state, "description": description, "environment": environment}
    return {**deployment(number, environment, **options), "deployment_status": said}


def gitlab(kind: str, **values: Any) -> dict[str, Any]:
    project = {
        "id": 1, "name": "Shop", "web_url": PROJECT, "git_http_url": f"{PROJECT}.git",
        "git_ssh_url": "git@gitlab.example.com:octo/shop.git", "default_branch": "main",
    }  # fmt: skip
    return {"object_kind": kind, "project": project, **values}


def cdevent(kind: str, subject: str, *, id: str | None = None, **content: Any) -> dict[str, Any]:
    return {
        "context": {
            "version": "0.4.1", "id": id or str(uuid4()), "source": "/monitoring/prod",
            "type": f"dev.cdevents.{kind}.0.2.0", "timestamp": "2026-07-11T13:52:20.079Z",
        },
        "subject": {"id": subject, "source": "/monitoring/prod", "type": kind.partition(".")[0], "content": content},
    }  # fmt: skip
