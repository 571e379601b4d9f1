"""OSCAL plan of action and milestones: each finding that was sent, its risk, what is done about it and until when."""

from portico.apps.audit.exports.parts import Node, Writer, document
from portico.apps.audit.exports.reads import Told
from portico.apps.audit.exports.results import NothingToExport
from portico.kernel.database import Row


def plan_of_action(told: Told) -> bytes:
    """The document. Raises `NothingToExport` where no finding was sent to anybody."""
    if not told.findings:
        raise NothingToExport("No finding of this engagement was sent to anybody yet.")
    writer = Writer(told)
    observations = [writer.finding_observation(row) for row in told.findings]
    risks = [writer.risk(row) for row in told.findings]
    items = [_item(writer, row) for row in told.findings]
    return document("plan-of-action-and-milestones", {
        "metadata": writer.metadata(f"Plan of action and milestones of {told.engagement['name']}"),
        "system-id": {"identifier-type": "http://ietf.org/rfc/rfc4122", "id": str(writer.uuid)},
        "observations": observations,
        "risks": risks,
        "poam-items": items,
        "back-matter": {"resources": writer.resources()},
    })  # fmt: skip


def _item(writer: Writer, finding: Row) -> Node:
    observation = writer.id("finding observation", finding["id"])
    return {
        "uuid": writer.id("poam item", finding["id"]), "title": f"{finding['number']}. {finding['title']}",
        "description": _said(finding), "origins": writer.origin(finding["writer"]),
        "related-observations": [{"observation-uuid": observation}],
        "related-risks": [{"risk-uuid": writer.id("risk", finding["id"])}],
    }  # fmt: skip


def _said(finding: Row) -> str:
    """Criteria, condition, cause and effect, as internal auditors write a finding (IIA)."""
    parts = ("criteria", "condition", "cause", "effect")
    return "\n\n".join(f"{name.capitalize()}: {finding[name]}" for name in parts if finding[name])
