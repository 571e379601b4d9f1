"""OSCAL assessment results: for each framework what was assessed, how, and what it says of each control."""

from datetime import UTC, datetime, time

from portico.apps.audit.exports.parts import Node, Writer, document, moment
from portico.apps.audit.exports.reads import Told
from portico.kernel.database import Row
from portico.kernel.errors import Conflict

STATE = {"satisfied": "satisfied", "other-than-satisfied": "not-satisfied"}


class NothingToExport(Conflict):
    code = "NOTHING_TO_EXPORT"
    message = "There is nothing to export yet: OSCAL has no empty documents."


def assessment_results(told: Told) -> bytes:
    """The document. Raises `NothingToExport` where nothing was assessed."""
    writer = Writer(told)
    results = [_result(writer, framework) for framework in told.frameworks if _of(told.assessments, framework)]
    if not results:
        raise NothingToExport("Nothing was assessed in this engagement yet.")
    plan = writer.id("plan of", told.engagement["id"])
    resources = [_plan(plan, told.engagement), *(_framework(writer, each) for each in told.frameworks)]
    return document("assessment-results", {
        "metadata": writer.metadata(f"Assessment results of {told.engagement['name']}"),
        "import-ap": {"href": f"#{plan}"},
        "results": results,
        "back-matter": {"resources": [*resources, *writer.resources()]},
    })  # fmt: skip


def _of(rows: list[Row], framework: Row) -> list[Row]:
    return [row for row in rows if row["framework_id"] == framework["id"]]


def _result(writer: Writer, framework: Row) -> Node:
    told = writer.told
    assessments, findings = _of(told.assessments, framework), _of(told.findings, framework)
    start = datetime.combine(told.engagement["period_start"], time(), UTC)
    return {
        "uuid": writer.id("result", framework["id"]), "title": framework["title"],
        "description": f"What was assessed by {framework['title']}, version {framework['document_version']}.",
        "start": moment(min(start, *(row["at"] for row in assessments))),
        "end": moment(max(row["at"] for row in assessments)),
        "reviewed-controls": {"control-selections": [
            {"include-controls": [{"control-id": row["code"]} for row in assessments]}
        ]},
        "observations": [
            *(_observation(writer, row) for row in assessments), *(writer.finding_observation(row) for row in findings),
        ],
        "risks": [writer.risk(row) for row in findings],
        "findings": [_finding(writer, row, findings) for row in assessments],
    }  # fmt: skip


def _observation(writer: Writer, row: Row) -> Node:
    return {
        "uuid": writer.id("observation", row["id"]), "title": f"{row['label']} {row['title']}",
        "description": row["observation"], "methods": [row["method"].upper()], "types": ["control-objective"],
        "origins": writer.origin(row["assessor"]), "relevant-evidence": writer.cite(row["evidence"]),
        "collected": moment(row["at"]),
    }  # fmt: skip


def _finding(writer: Writer, row: Row, findings: list[Row]) -> Node:
    """What the newest assessment says of a control, and the risks that auditors' findings see in it."""
    own = [each for each in findings if each["requirement_id"] == row["requirement_id"]]
    observed = [writer.id("observation", row["id"]), *(writer.id("finding observation", each["id"]) for each in own)]
    return {
        "uuid": writer.id("finding", row["requirement_id"]), "title": f"{row['label']} {row['title']}",
        "description": row["observation"], "origins": writer.origin(row["assessor"]),
        "target": {
            "type": "statement-id", "target-id": row["statement_id"] or row["code"],
            "status": {"state": STATE[row["result"]]},
        },
        "related-observations": [{"observation-uuid": uuid} for uuid in observed],
        "related-risks": [{"risk-uuid": writer.id("risk", each["id"])} for each in own],
    }  # fmt: skip


def _plan(uuid: str, engagement: Row) -> Node:
    period = f"{engagement['period_start']} to {engagement['period_end']}"
    return {"uuid": uuid, "title": f"Plan of {engagement['name']}, {period}", "description": engagement["objective"]}


def _framework(writer: Writer, framework: Row) -> Node:
    return {
        "uuid": writer.id("framework", framework["id"]), "title": framework["title"],
        "description": f"OSCAL {framework['kind']}, version {framework['document_version']}",
        "rlinks": [{"href": f"urn:uuid:{framework['uuid']}"}],
    }  # fmt: skip
