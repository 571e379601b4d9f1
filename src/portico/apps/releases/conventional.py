"""Commit messages by Conventional Commits 1.0.0."""

import re
from dataclasses import dataclass

HEADER = re.compile(r"(?P<kind>[^\W\d_][\w-]*)(?:\( *(?P<scope>[^() ][^()]*)\))?(?P<breaking>!)?: +(?P<subject>\S.*)")
BREAKING = ("BREAKING CHANGE", "BREAKING-CHANGE")
FOOTER = re.compile(
    r"(?P<token>BREAKING[ -]CHANGE(?=: )|(?!BREAKING-CHANGE )[A-Za-z][A-Za-z0-9-]*)(?:: | #)(?P<value>.*\S.*)"
)


@dataclass(frozen=True)
class Commit:
    """What a message says. One that is not conventional has no `kind`, and its first line for a subject."""

    subject: str
    kind: str = ""
    scope: str = ""
    is_breaking: bool = False
    breaking: str = ""
    """What breaks, in the words of the footer, or else of the subject."""
    body: str = ""
    footers: tuple[tuple[str, str], ...] = ()


def parse(message: str) -> Commit:
    """Kind and scope in lower case: the specification tells no case apart, save that of `BREAKING CHANGE`."""
    first, *rest = message.replace("\r\n", "\n").strip().split("\n")
    first = first.strip()
    found = HEADER.fullmatch(first)
    if found is None:
        return Commit(subject=first, body="\n".join(rest).strip())
    body, footers = _parts(rest)
    told = [value for token, value in footers if token in BREAKING]
    is_breaking = bool(told) or found["breaking"] is not None
    return Commit(
        subject=found["subject"], kind=found["kind"].lower(), scope=(found["scope"] or "").strip().lower(),
        is_breaking=is_breaking, breaking="\n".join(told) or (found["subject"] if is_breaking else ""), body=body,
        footers=footers,
    )  # fmt: skip


def _parts(lines: list[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The body and the footers.

    Footers come after an empty line, and a value goes on until the next footer. A breaking change may begin at any
    line, as in the grammar that belongs to the specification: to pass it over is worse than to count it.
    """
    body: list[str] = []
    footers: list[tuple[str, list[str]]] = []
    is_after_blank = False
    for line in lines:
        found = FOOTER.fullmatch(line)
        if found is not None and (footers or is_after_blank or found["token"] in BREAKING):
            footers.append((found["token"], [found["value"]]))
        elif footers:
            footers[-1][1].append(line)
        else:
            body.append(line)
        is_after_blank = not line.strip()
    return "\n".join(body).strip(), tuple((token, "\n".join(value).strip()) for token, value in footers)
