"""What makes a secret key unfit, the key a developer's machine makes for itself, and keys derived from it."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

SHORTEST = 32  # bytes: RFC 7518, section 3.2 asks an HMAC key for as many bits as its hash has
WELL_KNOWN = ("your-secret-key", "change-me", "changeme", "django-insecure", "secretsecret")


def weakness(key: str | None) -> str | None:
    """What is wrong with a secret key, as the end of a sentence that begins with its name; None for a fit one."""
    if not key:
        return "is missing"
    if "$(" in key:
        return "holds a shell command that was never run"
    if any(known in key.lower() for known in WELL_KNOWN) or len(set(key)) < 8:
        return "is a well-known or trivial value"
    if len(key.encode()) < SHORTEST:
        return f"is shorter than {SHORTEST} bytes"
    return None


def derived(key: str, purpose: str) -> bytes:
    """A 64-byte key for one purpose: what is signed for one app or use is worth nothing in another."""
    return hmac.digest(key.encode(), f"portico:{purpose}".encode(), hashlib.sha512)


def development_key(data_dir: Path) -> str:
    """The key of this data folder, made at the first call. Many processes may ask at once; all get one key."""
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # unlike a rename, a link fails where another process was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
