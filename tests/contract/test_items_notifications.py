"""Notifications of items over real HTTP: in the app, pushed live, by e-mail and by webhook, with a real worker."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands import eventually
from tests.contract.stall import Account, Stall, item, open_stall, problem
from tests.contract.transfers import csv_file, ended, send, working
from tests.databases import Databases
from tests.mailbox import Mailbox, mailbox
from tests.receivers import receiving

SOON = 30.0  # seconds, on a busy machine
NOTIFICATION = {"id", "topic", "title", "body", "data", "created_at", "read_at"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def stall(databases: Databases, worker_id: str, files: Path, box: Mailbox) -> Iterator[Stall]:
    """Items in sandbox mode, with a worker beside the server."""
    more = {"smtp_url": box.url, "webhook_allow_private": True, "files_url": f"file://{files}"}
    with (
        open_stall(databases, worker_id, "sandbox", **more) as stall,
        working(stall.url, files, SMTP_URL=box.url, MAIL_FROM="Items <items@example.org>", WEBHOOK_ALLOW_PRIVATE="1"),
    ):
        yield stall


@pytest.fixture
def owner(stall: Stall) -> Account:
    return stall.account()


@pytest.fixture
def other(stall: Stall) -> Account:
    return stall.account()


def seen(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.client.get("/notifications").json()["notifications"]
    return found


def test_the_owner_is_told_what_somebody_else_does(stall: Stall, owner: Account, other: Account) -> None:
    made = item(owner.client, name="Desk", quantity=5, price=10)
    path = f"/items/{made['id']}"
    owner.client.put(path, json={"quantity": 4})
    assert seen(owner) == []
    other.client.put(path, json={"price": 12.5, "quantity": 4})
    (one,) = seen(owner)
    assert set(one) == NOTIFICATION
    assert (one["topic"], one["title"], one["body"]) == ("item.changed", "Desk was changed", "price: 10.00 is now 12.5")
    assert one["data"] == {"item_id": made["id"], "name": "Desk", "changes": {"price": ["10.00", "12.5"]}}
    stall.nobody.put(path, json={"quantity": 0})
    owner.client.put(path, json={"quantity": 1})
    owner.client.put(path, json={"quantity": 0})
    other.client.delete(path)
    topics = [one["topic"] for one in seen(owner)]
    assert topics == ["item.deleted", "item.out_of_stock", "item.out_of_stock", "item.changed", "item.changed"]
    assert seen(other) == []
    problem(stall.nobody.get("/notifications"), 401, "UNAUTHORIZED")


def test_reading_one_and_reading_all(owner: Account, other: Account) -> None:
    path = f"/items/{item(owner.client)['id']}"
    for price in range(20, 25):
        other.client.put(path, json={"price": price})
    first = owner.client.get("/notifications", params={"limit": 2}).json()
    assert (first["unread"], len(first["notifications"])) == (5, 2)
    ids = [one["id"] for one in first["notifications"]]
    while first["next_cursor"]:
        first = owner.client.get("/notifications", params={"limit": 2, "cursor": first["next_cursor"]}).json()
        ids += [one["id"] for one in first["notifications"]]
    assert len(set(ids)) == 5
    assert ids == sorted(ids, reverse=True)
    read = owner.client.post(f"/notifications/{ids[0]}/read")
    assert read.status_code == 200
    assert read.json()["read_at"]
    assert owner.client.post(f"/notifications/{ids[0]}/read").json() == read.json()
    problem(other.client.post(f"/notifications/{ids[0]}/read"), 404, "NOT_FOUND")
    assert owner.client.get("/notifications").json()["unread"] == 4
    assert owner.client.post("/notifications/read-all").json() == {"read": 4}
    assert owner.client.post("/notifications/read-all").json() == {"read": 0}
    assert owner.client.get("/notifications").json()["unread"] == 0


def test_preferences_say_what_is_on_and_what_this_server_can(stall: Stall, owner: Account, other: Account) -> None:
    shown = owner.client.get("/notifications/preferences").json()
    on, off = {"enabled": True, "available": True}, {"enabled": False, "available": True}
    assert shown == {"in_app": on, "email": off, "webhook": on}
    changed = owner.client.put("/notifications/preferences", json={"in_app": False})
    assert changed.json() == {**shown, "in_app": off}
    other.client.put(f"/items/{item(owner.client)['id']}", json={"price": 99})
    assert seen(owner) == []
    problem(owner.client.put("/notifications/preferences", json={"pigeon": True}), 422, "VALIDATION_ERROR")
    from tests.servers import serving_app

    with serving_app("items", stall.url) as without_mail:
        without_mail.headers.update(owner.client.headers)
        assert without_mail.get("/notifications/preferences").json()["email"] == {"enabled": False, "available": False}


def test_it_is_pushed_to_the_owner_and_to_nobody_else(owner: Account, other: Account) -> None:
    path = f"/items/{item(owner.client)['id']}"
    with owner.client.stream("GET", "/events") as mine, other.client.stream("GET", "/events") as theirs:
        streams = [(stream.iter_lines(), found) for stream, found in ((mine, "owner"), (theirs, "other"))]
        for lines, _ in streams:
            next(line for line in lines if line == "event: ready")
        other.client.put(path, json={"price": 77})
        other.client.delete(path)
        heard = {name: _topics_until(lines, "item.deleted") for lines, name in streams}
    assert heard["owner"].count("notification.created") >= 1
    assert "notification.created" not in heard["other"]


def _topics_until(lines: Any, last: str) -> list[str]:
    topics: list[str] = []
    for line in lines:
        if line.startswith("event: "):
            topics.append(line.removeprefix("event: "))
            if topics[-1] == last:
                return topics
    return topics


def test_a_mail_arrives_once_it_is_asked_for(owner: Account, other: Account, box: Mailbox) -> None:
    path = f"/items/{item(owner.client, name='Lamp of <tin>')['id']}"
    other.client.put(path, json={"price": 11})
    assert owner.client.put("/notifications/preferences", json={"email": True}).json()["email"]["enabled"]
    box.answers.append("451 Come back later")  # it is tried again
    other.client.put(path, json={"name": "Lamp\r\nBcc: thief@example.com"})
    (mail,) = eventually(lambda: box.to(owner.email), within=SOON)
    assert mail["From"] == "Items <items@example.org>"
    assert mail["Subject"] == "Lamp Bcc: thief@example.com was changed"
    assert mail["Message-ID"].startswith("<items.job-")
    assert "Lamp of <tin>" in mail.get_body(("plain",)).get_content()
    assert "Lamp of &lt;tin&gt;" in mail.get_body(("html",)).get_content()
    assert set(box.recipients) == {owner.email}


def test_a_webhook_is_told(owner: Account, other: Account) -> None:
    path = f"/items/{item(owner.client, name='Chair')['id']}"
    with receiving() as hook:
        body = {"url": f"{hook.url}/hook", "topics": ["notification.*"]}
        assert owner.client.post("/webhooks", json=body).status_code == 201
        other.client.put(path, json={"price": 11})
        eventually(lambda: hook.bodies, within=SOON)
        owner.client.put("/notifications/preferences", json={"webhook": False})
        other.client.put(path, json={"price": 12})
        owner.client.put("/notifications/preferences", json={"webhook": True})
        other.client.put(path, json={"price": 13})
        eventually(lambda: len(hook.bodies) > 1, within=SOON)
        told = [json.loads(content) for _, content in hook.bodies]
    assert [one["type"] for one in told] == ["notification.created"] * 2
    assert [one["data"]["data"]["changes"]["price"][1] for one in told] == ["11", "13"]
    assert len(seen(owner)) == 3


def test_the_end_of_an_import_is_told(owner: Account) -> None:
    job = ended(owner.client, send(owner.client, csv_file(20, 2).content), within=SOON)
    assert job["status"] == "succeeded"
    (one,) = seen(owner)
    assert (one["topic"], one["body"]) == ("import.ended", "18 items were added, 2 rows were refused.")
    assert one["data"] == {"job_id": job["id"], "added": 18, "refused": 2}


def test_who_goes_takes_the_notifications_along(stall: Stall, owner: Account, other: Account) -> None:
    other.client.put(f"/items/{item(owner.client)['id']}", json={"price": 99})
    assert stall.nobody.delete(f"/users/{owner.user_id}").status_code == 204
    import psycopg

    with psycopg.connect(stall.url) as connection:
        left = connection.execute(
            "SELECT 1 FROM portico.notifications WHERE user_key = %s", [str(owner.user_id)]
        ).fetchall()
    assert left == []


def test_no_list_of_others(stall: Stall, owner: Account) -> None:
    for wrong in ({"limit": 0}, {"limit": 101}, {"cursor": "x"}):
        problem(owner.client.get("/notifications", params=wrong), 422, "VALIDATION_ERROR")
    for path in ("/notifications/999999999/read", "/notifications/x/read"):
        assert owner.client.post(path).status_code == 404
    assert isinstance(stall.nobody, httpx.Client)
