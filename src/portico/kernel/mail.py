"""E-mail: a message that nothing can be smuggled into, and its way to the server that SMTP_URL names."""

import asyncio
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, parseaddr
from html import escape
from urllib.parse import unquote, urlsplit

from portico.kernel.errors import InvalidInput

PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TIMEOUT = 15.0  # seconds for each step of the conversation
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
HTML = '<!doctype html><html><body style="font:16px/1.5 sans-serif"><h1 style="font-size:1.2em">{title}</h1>{body}'


class Undeliverable(InvalidInput):
    """The server will never take this message: there is no use in trying again."""

    message = "The mail server refuses this message or its address."


@dataclass(frozen=True)
class MailServer:
    """Where mail goes: `smtp` turns to TLS where the server offers it, `smtps` begins with it."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, url: str) -> "MailServer":
        """From `smtp://user:password@host:port`. Raises `ValueError`."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("not the URL of a mail server")
        login = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme], *login)


def checked_url(url: str | None) -> str | None:
    """For the setting. Raises `ValueError` in words of ours: the parser's would quote the password."""
    try:
        if url is not None:
            MailServer.of(url)
    except ValueError:
        raise ValueError("must look like smtp://user:password@host:587 or smtps://user:password@host:465") from None
    return url


def checked_sender(text: str) -> str:
    """For the setting. Raises `ValueError`."""
    try:
        _address(*parseaddr(text))
    except (ValueError, MessageError, IndexError):
        raise ValueError("must look like Portico <portico@example.com>") from None
    return text


def message(*, sender: str, to: str, title: str, body: str, key: str) -> EmailMessage:
    """A message in plain text and HTML. `key` makes its id: sent twice, it is the same one. Raises `Undeliverable`."""
    made = EmailMessage(policy=SMTP)
    try:
        origin = _address(*parseaddr(sender))
        made["From"] = origin
        made["To"] = _address("", to)
        made["Subject"] = " ".join(UNPRINTABLE.sub(" ", title).split())
        made["Date"] = localtime()
        made["Message-ID"] = f"<{key}@{origin.domain}>"
        made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
    except (ValueError, MessageError, IndexError):
        raise Undeliverable from None
    made.set_content(body or title)
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in body.splitlines() if line.strip())
    made.add_alternative(HTML.format(title=escape(title), body=paragraphs), subtype="html")
    return made


async def send(server: MailServer, mail: EmailMessage) -> None:
    """Raises `Undeliverable`, and `OSError` or `smtplib.SMTPException` where another try may help."""
    await asyncio.to_thread(_send, server, mail)


def _send(server: MailServer, mail: EmailMessage) -> None:
    try:
        with _connected(server) as client:
            client.send_message(mail)
    except smtplib.SMTPAuthenticationError:
        raise  # a mistake in the settings: it can be mended before the tries are used up
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        if _is_final(error):
            raise Undeliverable from None
        raise


def _connected(server: MailServer) -> smtplib.SMTP:
    """A conversation that has come as far as the log-in."""
    tls = ssl.create_default_context()
    if server.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=tls)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        client.ehlo()
        if server.scheme == "smtp" and client.has_extn("starttls"):
            client.starttls(context=tls)
            client.ehlo()
        elif server.scheme == "smtp" and server.user and server.host not in LOOPBACK:
            raise smtplib.SMTPNotSupportedError("The server offers no TLS: the password is not sent in the clear.")
        if server.user:
            client.login(server.user, server.password)
    except BaseException:
        client.close()
        raise
    return client


def _is_final(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> bool:
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return all(code >= 500 for code, _ in error.recipients.values())


def _address(name: str, text: str) -> Address:
    """Raises `ValueError`, or another of the parser's errors, for what is not exactly one address."""
    if UNPRINTABLE.search(text) or not text.isascii():
        raise ValueError("not an address")
    found = Address(name, addr_spec=text)
    if not found.username or not found.domain or found.addr_spec != text:
        raise ValueError("not an address")
    return found
