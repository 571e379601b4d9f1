"""What is still open in an engagement, and what that stands against."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_NAMED = 10


@dataclass(frozen=True)
class Readiness:
    """An engagement, and the numbers of what is not finished in it. Of a workpaper the newest version counts."""

    state: str
    drafts: Sequence[int]
    """Workpapers in draft."""
    unapproved: Sequence[int]
    """Workpapers that are neither approved nor locked."""
    unsaid: Sequence[int]
    """Findings that were not sent, or that nobody has answered."""
    unresolved: Sequence[int]
    """Findings that are neither closed, nor withdrawn, nor a risk that is accepted to this day."""
    unread: Sequence[int]
    """Documents in which text is still looked for, or which are being imported as a ledger."""


def no_drafts(engagement: Readiness) -> str | None:
    return _listed(engagement.drafts, "still in draft", "Workpaper")


def all_approved(engagement: Readiness) -> str | None:
    return _listed(engagement.unapproved, "not approved", "Workpaper")


def all_answered(engagement: Readiness) -> str | None:
    return _listed(engagement.unsaid, "in draft or not answered yet", "Finding")


def all_resolved(engagement: Readiness) -> str | None:
    return _listed(engagement.unresolved, "not resolved", "Finding")


def all_read(engagement: Readiness) -> str | None:
    return _listed(engagement.unread, "still being read", "Document")


def _listed(numbers: Sequence[int], what: str, noun: str) -> str | None:
    if not numbers:
        return None
    named = ", ".join(str(number) for number in numbers[:MOST_NAMED])
    more = f" and {len(numbers) - MOST_NAMED} more" if len(numbers) > MOST_NAMED else ""
    return f"{noun} {named} is {what}." if len(numbers) == 1 else f"{noun}s {named}{more} are {what}."
