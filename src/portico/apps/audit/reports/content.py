"""What a report says, in words: the same ones on a screen and on paper."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from portico.apps.audit.formats import moment, words

ISSUED = ("issued", "follow_up", "closed", "archived")
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Table:
    """`widths` are shares of the page; `note` says what the rows leave open."""

    columns: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class Finding:
    heading: str
    line: str
    parts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    title: str
    intro: str = ""
    table: Table | None = None
    findings: Sequence[Finding] = ()
    empty: str = ""
    """What stands there where there is nothing to tell."""


@dataclass(frozen=True)
class Report:
    """Also of a workpaper or a finding alone, of which the binder has a page each."""

    title: str
    client: str
    facts: Sequence[tuple[str, str]]
    is_draft: bool
    sections: Sequence[Section]
    kind: str = "Audit report"


def report(told: Mapping[str, Any], *, at: datetime) -> Report:
    """Of what `reads.told` has found; `at` is when it is written."""
    engagement = told["engagement"]
    facts = [
        ("Client", engagement["client"]["name"]),
        ("Period", f"{engagement['period_start']} to {engagement['period_end']}"),
        ("State", words(engagement["state"])),
        ("Issued", shown(engagement["issued_at"]) or "not yet"),
        ("Materiality", _money(engagement["materiality"], engagement["currency"])),
        ("Performance materiality", _money(engagement["performance_materiality"], engagement["currency"])),
        ("Written", shown(at)),
    ]
    return Report(
        title=engagement["name"], client=engagement["client"]["name"], facts=facts,
        is_draft=engagement["state"] not in ISSUED, sections=list(_sections(told)),
    )  # fmt: skip


def _sections(told: Mapping[str, Any]) -> Iterator[Section]:
    yield Section("Objective", told["engagement"]["objective"] or "None was written down.")
    yield Section("Team", table=_table(told["team"], {"name": 3, "role": 1}), empty="Nobody.")
    yield Section("Scope: the procedures", table=_procedures(told["procedures"]), empty="No procedures.")
    yield _findings(told["findings"])
    yield Section("Sampling", table=_samples(told["samples"]), empty="No samples were drawn.")
    yield Section(
        "Exceptions in the books",
        "What checks and tests brought up, by their last run. A machine's suggestion is no conclusion: each was"
        " cleared or followed up by a person, or is still open.",
        _table(_exceptions(told["exceptions"]), _widths("ledger 2, test 2, tested, found, cleared, followed_up, open")),
        empty="No tests were run.",
    )
    yield Section(
        "Reconciliations", table=_reconciliations(told["reconciliations"]), empty="Nothing was reconciled."
    )  # fmt: skip
    if told["assessments"]:
        columns = _widths("framework 3, assessed, satisfied, other")
        yield Section("Assessment of controls", table=_table(told["assessments"], columns))
    yield Section(
        "Evidence", "Every version of every document, with the SHA-256 of its bytes at receipt.",
        _evidence(told["evidence"]), empty="No evidence was received.",
    )  # fmt: skip
    yield _log(told["head"])


def _findings(rows: Sequence[Mapping[str, Any]]) -> Section:
    counted = Counter(row["severity"] for row in rows)
    told = ", ".join(f"{counted[severity]} {severity}" for severity in SEVERITIES if counted[severity])
    return Section(
        "Findings", f"{len(rows)} in all: {told}." if rows else "", findings=[_finding(row) for row in rows],
        empty="There are no findings.",
    )  # fmt: skip


def _finding(row: Mapping[str, Any]) -> Finding:
    trace = [f"workpaper W-{row['workpaper']}", f"procedure {row['procedure']}"]
    trace += [f"requirement {row['requirement']}"] if row["requirement"] else []
    parts = [(name.capitalize(), row[name]) for name in ("criteria", "condition", "cause", "effect", "recommendation")]
    parts += [
        ("Owner's answer", row["answer"]),
        ("Action plan", row["action_plan"]),
        ("Owner", row["owner"] or ""),
        ("Due", shown(row["due_on"])),
        ("Risk accepted until", shown(row["risk_accepted_until"])),
        ("Closed", shown(row["closed_at"])),
        ("Traces to", ", ".join(trace)),
        ("Evidence", ", ".join(row["evidence"])),
    ]
    return Finding(
        f"F-{row['number']} {row['title']}", f"{row['severity']}, {words(row['state'])}",
        [(name, text) for name, text in parts if text],
    )  # fmt: skip


def _procedures(rows: Sequence[Mapping[str, Any]]) -> Table:
    found = [
        {
            **row, "workpapers": ", ".join(f"W-{number}" for number in row["workpapers"]),
            "requirement": row["requirement"] or "",
        }
        for row in rows
    ]  # fmt: skip
    return _table(found, _widths("code 2, title 5, method 2, requirement 2, workpapers 2"))


def _exceptions(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [{**row, "test": words(row["test"])} for row in rows]


def _samples(rows: Sequence[Mapping[str, Any]]) -> Table:
    found = [
        {
            "sample": f"S-{row['number']} {row['name']} ({words(row['method'])}, {row['state']}, {row['size']} items)",
            "population": f"{row['population']} of {row['ledger']}: {row['count']} lines, {row['value']:,.2f};"
            f" hash {row['hash'] or 'none'}; seed {row['seed'] or 'none'}",
            "result": _result(row["evaluation"]),
        }
        for row in rows
    ]
    return _table(found, _widths("sample 2, population 3, result 3"))


def _result(evaluation: Mapping[str, Any] | None) -> str:
    """What was found, and the sentence that sets it beside what is tolerable."""
    if not evaluation:
        return "not evaluated"
    found = [
        f"{_many(evaluation[name], one, more)}."
        for name, one, more in (("deviations", "deviation", "deviations"), ("misstated", "misstated", "misstated"))
        if name in evaluation
    ]
    examined = f"{_many(evaluation.get('items', 0), 'item', 'items')} examined."
    return " ".join([examined, *found, evaluation.get("comparison", "")])


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _reconciliations(rows: Sequence[Mapping[str, Any]]) -> Table:
    found = [
        {
            "kind": words(row["kind"]), "ledgers": f"{row['outside']} against {row['books']}",
            "matches": _pairs(row["summary"].get("matches")) or "none",
            "unmatched_outside": _unmatched(row["summary"].get("left")),
            "unmatched_in_the_books": _unmatched(row["summary"].get("right")),
            "difference": f"{row['summary'].get('difference', 0):,.2f}",
        }
        for row in rows
    ]  # fmt: skip
    return _table(
        found, _widths("kind, ledgers 2, matches 2, unmatched_outside 2, unmatched_in_the_books 2, difference")
    )  # fmt: skip


def _unmatched(side: Mapping[str, Any] | None) -> str:
    return f"{side['unmatched_lines']} of {side['lines']} lines, {side['unmatched_total']:,.2f}" if side else ""


def _evidence(rows: Sequence[Mapping[str, Any]]) -> Table:
    found = [
        {
            "document": f"E-{row['number']} version {row['version']}", "title": f"{row['title']} ({row['name']})",
            "state": "ALTERED since receipt" if row["failed_at"] else row["state"], "sha256": row["sha256"],
        }
        for row in rows
    ]  # fmt: skip
    missing = rows[0]["total"] - len(rows) if rows else 0
    note = f"{missing} more are in the binder." if missing else ""
    return _table(found, _widths("document 3, title 5, state 2, sha256 8"), note)


def _log(head: Mapping[str, Any]) -> Section:
    return Section(
        "Event log",
        f"All that was done stands in a log whose events are chained by SHA-256. When this was written the chain had"
        f" {head['seq']} events, and its head was {head['hash']}. Whoever keeps these two can prove later that nothing"
        " before them was changed.",
    )


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, int], note: str = "") -> Table:
    return Table(
        [words(name).capitalize() if name != "sha256" else "SHA-256" for name in columns], list(columns.values()),
        [[shown(row[name]) for name in columns] for row in rows], note,
    )  # fmt: skip


def _widths(words: str) -> dict[str, int]:
    """`test 2, found` is twice as much room for the test as for what was found."""
    split = [word.split() for word in words.split(", ")]
    return {word[0]: int(word[1]) if word[1:] else 1 for word in split}


def _pairs(values: Mapping[str, Any] | None) -> str:
    """What is in a small object, as far as it is plain: figures and words."""
    plain = {name: value for name, value in (values or {}).items() if not isinstance(value, dict | list)}
    return "; ".join(f"{words(name)} {shown(value)}" for name, value in plain.items() if value is not None)


def _money(amount: Decimal | None, currency: str) -> str:
    return "not set" if amount is None else f"{amount:,.2f} {currency}"


def shown(value: Any) -> str:
    """A value as people read it. What people have typed stays as it is: `GL_2025.csv` is the name of a file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, float | Decimal):
        return f"{value:,.6f}".rstrip("0").rstrip(".")
    return str(value)
