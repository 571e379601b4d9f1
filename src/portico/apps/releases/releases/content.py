"""What a release is: the canonical form of its content, and the hash over it.

The form is JSON in UTF-8 without blanks, its names in alphabetical order:

    {"artifacts":[{"digest":"sha256:...","name":"..."}],"changes":[{"author":"","committed_at":null,"is_breaking":false,
     "kind":"feat","scope":"","sha":"...","subject":"..."}],"git_sha":"...","service":1,"version":"1.4.0"}

Artifacts are sorted by name, changes are in their order, times are in UTC with `Z`. Notes have no part in it: nobody
approves words.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

CHANGE = ("sha", "kind", "scope", "is_breaking", "subject", "author", "committed_at")


def content_hash(
    *, service_id: int, version: str, git_sha: str, artifacts: Sequence[Mapping[str, Any]],
    changes: Sequence[Mapping[str, Any]],
) -> str:  # fmt: skip
    """The SHA-256 of the canonical form, in hexadecimal digits."""
    form = {
        "service": service_id,
        "version": version,
        "git_sha": git_sha,
        "artifacts": sorted(
            ({"name": each["name"], "digest": each["digest"]} for each in artifacts), key=lambda each: each["name"]
        ),
        "changes": [{name: _plain(change[name]) for name in CHANGE} for change in changes],
    }
    return hashlib.sha256(orjson.dumps(form, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
