"""Release notes in Markdown: those that were written, or else made from the changes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

SECTIONS = {"feat": "Features", "fix": "Bug fixes", "perf": "Performance"}
OTHER = "Other changes"
MARKUP = re.compile(r"([\\`*_\[\]<>#|])")


def notes_of(release: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> str:
    """A release as it was read, with its changes."""
    day = release["tagged_at"] or release["published_at"]
    date = f" ({day:%Y-%m-%d})" if day else ""
    head = f"# {release['service']} {release['version']}{date}\n"
    return f"{head}\n{release['notes'].strip() or made_from(changes)}\n"


def made_from(changes: Sequence[Mapping[str, Any]]) -> str:
    """What breaks stands first, and again where it belongs by its kind."""
    sections: dict[str, list[str]] = {"Breaking changes": [], **{name: [] for name in SECTIONS.values()}, OTHER: []}
    for change in changes:
        line = _line(change)
        if change["is_breaking"]:
            sections["Breaking changes"].append(line)
        sections[SECTIONS.get(change["kind"], OTHER)].append(line)
    parts = [f"## {name}\n\n" + "\n".join(lines) for name, lines in sections.items() if lines]
    return "\n\n".join(parts) or "No changes are recorded."


def _line(change: Mapping[str, Any]) -> str:
    scope = f"**{_plain(change['scope'])}:** " if change["scope"] else ""
    return f"* {scope}{_plain(change['subject'])} ({change['sha'][:10]})"


def _plain(text: str) -> str:
    """Subjects are text: what looks like markup in one is not."""
    return MARKUP.sub(r"\\\1", text)
