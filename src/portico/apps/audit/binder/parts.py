"""The files of a binder, one after another."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from portico.apps.audit.binder.packing import Part
from portico.apps.audit.formats import moment, words
from portico.apps.audit.reports.content import Report, Section, shown
from portico.apps.audit.reports.html import html

VERIFY = Path(__file__).with_name("verify.py")
MANIFEST, EVIDENCE, LOG = "manifest.json", "evidence.json", "log/events.jsonl"
POPULATIONS = "populations/populations.json"
INTERNAL = ("id", "file_id")
README = """This is everything that was on file of one audit engagement when the binder was packed.

To verify it, unpack it and run, with Python 3.8 or newer:

    python3 verify.py

The script needs no server, no network and no package. It compares every file with manifest.json, every document of
the evidence with the hash that was taken when it was received and that stands in the event log since, every population
with the hash that it was frozen with, and computes the seals of the event log anew. It names whatever is wrong, and
ends with 0 if nothing is, else with 1. A file that a computer has added by itself, such as .DS_Store, is named as well.

report.html, report.pdf  the report
engagement.json          the engagement, its team, procedures, requests, ledgers, tests and additions
evidence.json, evidence/ every version of every document
workpapers/, findings/   each as a page and as JSON; a workpaper's versions apart
samples/, populations/   the plan, the seed and the items of each sample; the lines that it was drawn from, as the text
                         whose SHA-256 is the hash of the population
exceptions.jsonl         what checks and tests of the books brought up, and what people decided
reconciliations/         the matches, and why each is one
assessments.json         what was found of the requirements of frameworks
log/events.jsonl         who did what and when, each event with its seal; log/head.json is the end of the chain

The events of other engagements stand between these in the chain and are not told. So a removed event shows by the
number of events in manifest.json, and manifest.json by its own hash, which the event log keeps of each binder that was
handed over. Ask the firm for that hash, and compare it:

    python3 verify.py --manifest SHA256
"""
Row = Mapping[str, Any]


def written_parts(
    found: Mapping[str, Any], page: str, document: bytes, *, head: Row
) -> Iterator[tuple[str, bytes]]:  # fmt: skip
    """What people have written, and the report as a page and as a document: paths and bytes."""
    yield "README.txt", README.encode()
    yield "verify.py", VERIFY.read_bytes()
    yield "report.html", page.encode()
    yield "report.pdf", document
    whole = ("requests", "additions", "ledgers", "test_runs")
    told = found["told"]
    engagement = {name: told[name] for name in ("engagement", "team", "procedures")}
    yield "engagement.json", _json({**engagement, **{name: found[name] for name in whole}})
    yield EVIDENCE, _json([_version(row) for row in found["evidence"]])
    yield POPULATIONS, _json([{**row, "path": population_path(row)} for row in found["populations"]])
    yield "assessments.json", _json(found["assessments"])
    for row in found["workpapers"]:
        yield from _twice(f"workpapers/W-{row['number']:04}-v{row['version']}", row, workpaper_page(row))
    for row in found["findings"]:
        yield from _twice(f"findings/F-{row['number']:04}", row, finding_page(row))
    for row in found["samples"]:
        yield f"samples/S-{row['number']:04}.json", _json(row)
    yield "reconciliations/reconciliations.json", _json(found["reconciliations"])
    yield "log/head.json", _json(head)


def evidence_path(row: Row) -> str:
    """Where a version lies. Its own name is whatever somebody typed, so only what any system takes is kept of it."""
    safe = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in row["name"])
    return f"evidence/E-{row['number']:04}-v{row['version']}-{safe[-80:].strip('.')}"


def population_path(row: Row) -> str:
    return f"populations/P-{row['number']:04}.txt"


def workpaper_page(row: Row) -> Report:
    facts = [
        ("Procedure", row["procedure"]), ("State", words(row["state"])),
        ("Prepared", _by(row["prepared_by"], row["prepared_at"])),
        ("Reviewed", _by(row["reviewed_by"], row["reviewed_at"])), ("Evidence", ", ".join(row["evidence"]) or "none"),
    ]  # fmt: skip
    parts = ("objective", "work_done", "conclusion", "review_note")
    title = f"W-{row['number']} {row['title']}, version {row['version']}"
    return _page("Workpaper", title, facts, row, parts)


def finding_page(row: Row) -> Report:
    facts = [
        ("Severity", row["severity"]), ("State", words(row["state"])), ("Written", _by(row["written_by"], None)),
        ("Owner", _by(row["owner"], None)), ("Sent", shown(row["sent_at"]) or "not yet"),
        ("Due", shown(row["due_on"]) or "no date"), ("Fixed", _by(row["fixed_by"], None)),
        ("Closed", _by(row["closed_by"], row["closed_at"])),
        ("Workpaper", f"W-{row['workpaper']}"), ("Procedure", row["procedure"]),
        ("Requirement", row["requirement"] or "none"), ("Evidence", ", ".join(row["evidence"]) or "none"),
    ]  # fmt: skip
    if row["risk_accepted_until"]:
        facts.append(("Risk accepted", f"until {row['risk_accepted_until']}, by {_by(row['risk_accepted_by'], None)}"))
    parts = ("criteria", "condition", "cause", "effect", "recommendation", "action_plan")
    page = _page("Finding", f"F-{row['number']} {row['title']}", facts, row, parts)
    notes = [Section(_heading(note), note["text"]) for note in row["notes"]]
    return Report(page.title, page.client, page.facts, page.is_draft, [*page.sections, *notes], page.kind)


def _heading(note: Row) -> str:
    what = note["action"].replace("-", " ").capitalize()
    return f"{what}, {note['by'] or 'the server'}, {moment(datetime.fromisoformat(note['at']))}"


async def whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def lines(next_rows: Callable[[int], Awaitable[Sequence[Row]]]) -> AsyncIterator[bytes]:
    """A long list, a row a line. `next_rows` answers those behind a place, each with its `place`."""
    place = 0
    while rows := await next_rows(place):
        place = rows[-1]["place"]
        yield b"".join(
            orjson.dumps({name: value for name, value in row.items() if name != "place"}, default=str) + b"\n"
            for row in rows
        )


def manifest(
    files: Mapping[str, Any], *, engagement: Row, at: datetime, head: Row, events: int, altered: Sequence[str]
) -> bytes:
    """What is in the binder. It is the last file, and the only one that it does not name."""
    return _json(
        {
            "format": "portico-binder/1", "engagement": {"id": engagement["id"], "name": engagement["name"]},
            "packed_at": at, "log": {"events": events, "head": head}, "altered": altered, "files": files,
        }
    )  # fmt: skip


def text(path: str, chunks: AsyncIterator[bytes]) -> Part:
    return Part(path, chunks, is_text=not path.endswith(".pdf"))


def _page(kind: str, title: str, facts: Sequence[tuple[str, str]], row: Row, parts: Sequence[str]) -> Report:
    sections = [Section(words(name).capitalize(), row[name]) for name in parts if row[name]]
    return Report(title=title, client="", facts=facts, is_draft=False, sections=sections, kind=kind)


def _twice(path: str, row: Row, page: Report) -> Iterator[tuple[str, bytes]]:
    yield f"{path}.json", _json(row)
    yield f"{path}.html", html(page).encode()


def _by(person: Row | None, at: datetime | None) -> str:
    if person is None:
        return "nobody"
    name = person["name"] or person["email"]
    return f"{name}, {shown(at)}" if at else str(name)


def _version(row: Row) -> dict[str, Any]:
    """`thing` is what the log calls it."""
    public = {name: value for name, value in row.items() if name not in INTERNAL}
    return {**public, "thing": f"evidence-version:{row['id']}", "path": evidence_path(row)}


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
