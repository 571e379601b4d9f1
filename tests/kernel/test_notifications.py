"""Notifications: told if and only if the change is committed, by the channels that are wanted, and mailed once."""

import asyncio
import os
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portico.kernel import notifications
from portico.kernel.database import Connection, Database
from portico.kernel.errors import NotFound
from portico.kernel.job_runs import Run
from portico.kernel.jobs import register
from portico.kernel.mail import MailServer, Undeliverable, message, send
from portico.kernel.notification_mail import mail_job
from portico.kernel.runtime import Runtime
from tests.kernel.job_worker import in_transaction
from tests.mailbox import Mailbox, mailbox
from tests.servers import settings_of

WHOSE = {"app": "tiny", "user": "7"}
NEWS = {**WHOSE, "topic": "tea.ready", "title": "Tea is ready", "body": "Drink it <b>hot</b>\nand soon"}
ADDRESSES = {"7": "seven@example.com", "8": "not an address"}


async def address_of(connection: Connection, user: str) -> str | None:
    return ADDRESSES.get(user)


MAIL = mail_job(address_of)
register("tiny", [MAIL])


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


def told(url: str, **news: Any) -> int | None:
    return in_transaction(url, lambda write: notifications.tell(write, **{**NEWS, **news}))


def want(url: str, *, user: str = "7", **wanted: bool) -> None:
    in_transaction(url, lambda write: notifications.prefer(write, app="tiny", user=user, wanted=wanted))


def rows(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def deliver(url: str, notification_id: int | None, *, job_id: int = 1, **settings: Any) -> None:
    """One run of the job that mails a notification."""

    async def run() -> None:
        database = Database(url, pool_size=2)
        runtime = Runtime(settings=settings_of(url, **settings), database=database)
        await runtime.open()
        try:
            found = Run(id=job_id, app="tiny", name="tiny.mail_notification", runtime=runtime)
            await MAIL.run(found, notification_id=notification_id)
        finally:
            await runtime.close()

    asyncio.run(run())


def test_nothing_is_told_of_what_was_rolled_back(database_url: str) -> None:
    want(database_url, email=True)
    in_transaction(database_url, lambda write: notifications.tell(write, **NEWS), commit=False)
    tables = ("portico.notifications", "portico.outbox", "portico.jobs")
    assert [rows(database_url, f"SELECT 1 FROM {table}") for table in tables] == [[], [], []]
    assert told(database_url) is not None
    assert [len(rows(database_url, f"SELECT 1 FROM {table}")) for table in tables] == [1, 1, 1]


@pytest.mark.parametrize(
    ("wanted", "audience", "jobs", "unread"),
    [
        ({}, ["stream:7", "webhook:7"], 0, 1),
        ({"email": True}, ["stream:7", "webhook:7"], 1, 1),
        ({"in_app": False}, ["webhook:7"], 0, 0),
        ({"webhook": False}, ["stream:7"], 0, 1),
    ],
)
def test_a_notification_goes_the_ways_that_are_wanted(
    database_url: str, wanted: dict[str, bool], audience: list[str], jobs: int, unread: int
) -> None:
    want(database_url, **wanted)
    told(database_url)
    assert rows(database_url, "SELECT topic, audience FROM portico.outbox") == [("notification.created", audience)]
    assert len(rows(database_url, "SELECT 1 FROM portico.jobs WHERE name = 'tiny.mail_notification'")) == jobs

    async def count(write: Any) -> int:
        return await notifications.unread(await write.connection(), **WHOSE)

    assert in_transaction(database_url, count) == unread


def test_who_wants_nothing_is_told_nothing(database_url: str) -> None:
    want(database_url, in_app=False, webhook=False)
    assert told(database_url) is None
    assert rows(database_url, "SELECT 1 FROM portico.notifications") == []


def test_only_the_user_reads_and_marks_and_forgetting_takes_all(database_url: str) -> None:
    first, second = told(database_url), told(database_url, user="8")

    async def look(write: Any) -> None:
        connection = await write.connection()
        assert [row["id"] for row in await notifications.page(connection, **WHOSE, before=2**62, limit=10)] == [first]
        with pytest.raises(NotFound):
            await notifications.mark_read(connection, second or 0, **WHOSE)
        one = await notifications.mark_read(connection, first or 0, **WHOSE)
        assert (await notifications.mark_read(connection, first or 0, **WHOSE)) == one
        assert await notifications.mark_all_read(connection, **WHOSE) == 0
        assert await notifications.mark_all_read(connection, app="tiny", user="8") == 1
        await notifications.forget(connection, **WHOSE)

    in_transaction(database_url, look)
    assert rows(database_url, "SELECT user_key FROM portico.notifications") == [("8",)]


def test_a_mail_is_plain_text_and_html_and_comes_once(database_url: str, box: Mailbox) -> None:
    one = told(database_url)
    for _ in range(2):
        deliver(database_url, one, job_id=41, smtp_url=box.url, mail_from="Tea <tea@example.org>")
    (mail,) = box.arrived
    assert (mail["From"], mail["To"], mail["Subject"]) == ("Tea <tea@example.org>", ADDRESSES["7"], NEWS["title"])
    assert mail["Message-ID"] == "<tiny.job-41@example.org>"
    plain, html = mail.iter_parts()
    assert plain.get_content().split() == NEWS["body"].split()  # type: ignore[attr-defined]
    assert "Drink it &lt;b&gt;hot&lt;/b&gt;" in html.get_content()  # type: ignore[attr-defined]


def test_a_mail_that_is_sent_again_is_the_same_one(database_url: str, box: Mailbox) -> None:
    """A worker that dies between sending and noting it."""
    one = told(database_url)
    for _ in range(2):
        deliver(database_url, one, job_id=5, smtp_url=box.url)
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE portico.notifications SET mailed_at = NULL")
    assert [mail["Message-ID"] for mail in box.arrived] == ["<tiny.job-5@localhost>"] * 2


def test_without_a_server_or_a_user_nothing_is_sent(database_url: str, box: Mailbox) -> None:
    deliver(database_url, told(database_url))
    deliver(database_url, told(database_url, user="9"), smtp_url=box.url)
    assert box.arrived == []


def test_what_may_pass_is_tried_again_and_what_never_will_is_not(database_url: str, box: Mailbox) -> None:
    one = told(database_url)
    box.answers += ["451 Come back later", "550 Never"]
    with pytest.raises(smtplib.SMTPDataError):
        deliver(database_url, one, smtp_url=box.url)
    with pytest.raises(Undeliverable):
        deliver(database_url, one, smtp_url=box.url)
    with pytest.raises(OSError, match="refused"):
        deliver(database_url, one, smtp_url="smtp://127.0.0.1:1")
    with pytest.raises(Undeliverable):
        deliver(database_url, told(database_url, user="8"), smtp_url=box.url)
    deliver(database_url, one, smtp_url=box.url)
    assert len(box.arrived) == 1


def test_no_header_can_be_smuggled_in(box: Mailbox) -> None:
    title = "Tea\r\nBcc: thief@example.com\r\n\r\n<script>\u2028X: y"
    mail = message(sender="tea@example.org", to="a@example.com", title=title, body="\r\n.\r\nMAIL FROM:<x>", key="k")
    asyncio.run(send(MailServer.of(box.url), mail))
    (arrived,) = box.arrived
    assert box.recipients == ["a@example.com"]
    assert arrived["Bcc"] is None
    assert arrived["Subject"] == "Tea Bcc: thief@example.com <script> X: y"
    for bad in (
        "a@example.com\nBcc: b@example.com",
        "a@example.com, b@example.com",
        "<a@example.com>",
        "",
        "a@\x00b.de",
    ):
        with pytest.raises(Undeliverable):
            message(sender="tea@example.org", to=bad, title="Tea", body="", key="k")


def test_the_log_in_and_a_password_that_is_wrong(box: Mailbox) -> None:
    mail = message(sender="tea@example.org", to="a@example.com", title="Tea", body="", key="k")
    asyncio.run(send(MailServer.of(box.url.replace("//", "//tea:p%40ss%2Fword@")), mail))
    assert box.logins == [("tea", "p@ss/word")]
    with pytest.raises(smtplib.SMTPAuthenticationError):
        asyncio.run(send(MailServer.of(box.url.replace("//", "//tea:wrong@")), mail))
    assert "word" not in repr(MailServer.of("smtp://tea:password@localhost"))


@pytest.mark.parametrize("is_tls_from_the_start", [True, False])
def test_tls_from_the_start_or_when_offered_and_only_with_whom_it_should_be(
    is_tls_from_the_start: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl") or pytest.skip("openssl is not on PATH: it makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", os.fspath(key), "-out", os.fspath(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    mail = message(sender="tea@example.org", to="a@example.com", title="Tea", body="", key="k")
    with mailbox(tls=tls, is_tls_from_the_start=is_tls_from_the_start) as box:
        server = MailServer.of(box.url.replace("smtp:", "smtps:") if is_tls_from_the_start else box.url)
        with pytest.raises(ssl.SSLCertVerificationError):
            asyncio.run(send(server, mail))
        monkeypatch.setenv("SSL_CERT_FILE", os.fspath(certificate))
        asyncio.run(send(server, mail))
        assert len(box.arrived) == 1
