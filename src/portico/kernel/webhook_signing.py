"""Signatures of webhooks: Standard Webhooks (standardwebhooks.com) both ways, and GitHub's for what comes in."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from portico.kernel.errors import Problem

TOLERANCE = timedelta(minutes=5)
PREFIX = "whsec_"


class BadSignature(Problem):
    """What came in was not signed by who it says it is from, or too long ago."""

    status = 401
    code = "BAD_SIGNATURE"
    message = "The signature is missing or wrong."

    def __init__(self, message: str | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.headers.setdefault("WWW-Authenticate", "Signature")


def signed_headers(secrets: Iterable[bytes], *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message. With two secrets it carries two signatures: receivers change over at leisure."""
    moment = str(int(at.timestamp()))
    signatures = [f"v1,{_signature(secret, message_id, moment, body)}" for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": moment, "webhook-signature": " ".join(signatures)}


def verify_standard(secrets: Iterable[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a message that came in, signed with one of the secrets within TOLERANCE. Raises `BadSignature`."""
    message_id, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not moment.isascii() or not moment.isdigit() or len(moment) > 12:
        raise BadSignature
    if abs(int(moment) - now.timestamp()) > TOLERANCE.total_seconds():
        raise BadSignature(log="The webhook is too old, or a clock is wrong.")
    given = [part[3:] for part in headers.get("webhook-signature", "").split() if part.startswith("v1,")]
    expected = [_signature(secret, message_id, moment, body) for secret in secrets]
    if not any([hmac.compare_digest(one.encode(), other.encode()) for one in given for other in expected]):
        raise BadSignature
    return message_id


def verify_github(secrets: Iterable[bytes], headers: Mapping[str, str], body: bytes) -> str:
    """The id of a delivery of GitHub's, from `X-Hub-Signature-256`. Raises `BadSignature`."""
    delivery, given = headers.get("x-github-delivery", ""), headers.get("x-hub-signature-256", "")
    expected = ["sha256=" + hmac.digest(secret, body, hashlib.sha256).hex() for secret in secrets]
    if not delivery or not any([hmac.compare_digest(given.encode(), one.encode()) for one in expected]):
        raise BadSignature
    return delivery


def shown(secret: bytes) -> str:
    """The secret as receivers get it."""
    return PREFIX + base64.b64encode(secret).decode()


def secret_of(text: str) -> bytes:
    """The secret from the form in which senders show it. Raises `ValueError`."""
    try:
        return base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A webhook secret is base64, with whsec_ before it.") from None


def _signature(secret: bytes, message_id: str, moment: str, body: bytes) -> str:
    signed = f"{message_id}.{moment}.".encode() + body
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
