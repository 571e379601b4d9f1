"""A real SMTP server that keeps what it is sent, and can be told to refuse."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.commands import free_port


@dataclass
class Mailbox:
    """What has arrived. `answers` are given to the next messages, instead of 250."""

    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.arrived if mail["To"] == address]

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answers:
            return self.answers.pop(0)
        made = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.recipients += envelope.rcpt_tos
        self.arrived.append(made)
        return "250 OK"

    def log_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)


@contextmanager
def mailbox(*, tls: ssl.SSLContext | None = None, is_tls_from_the_start: bool = False) -> Iterator[Mailbox]:
    found = Mailbox()
    options = {"tls_context": tls, "require_starttls": True} if tls and not is_tls_from_the_start else {}
    controller = Controller(
        found, hostname="127.0.0.1", port=free_port(), authenticator=found.log_in, auth_require_tls=False,
        ssl_context=tls if is_tls_from_the_start else None, **options,
    )  # fmt: skip
    controller.start()
    try:
        found.port = controller.port
        yield found
    finally:
        controller.stop()
