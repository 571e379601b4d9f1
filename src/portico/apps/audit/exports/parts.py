"""The parts of which OSCAL's assessment documents are made: people, observations, risks, resources.

Every uuid is made from what it names, and every time is one that was recorded: of one state there is one document.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import orjson

from portico.apps.audit.exports.reads import Told
from portico.kernel.database import Row

Node = dict[str, Any]

OSCAL_VERSION = "1.1.3"
PORTICO = UUID("3c6e3a0b-52a4-4f0b-9d4a-5b4f0d3f6c11")
NAMESPACE = "urn:portico:audit"
"""Of the properties that are ours, not NIST's."""

STATUS = {
    "validation": "investigating", "disputed": "investigating", "agreed": "open", "action_planned": "open",
    "reopened": "open", "in_remediation": "remediating", "ready_for_retest": "remediating",
    "risk_accepted": "deviation-approved", "closed_verified": "closed",
}  # fmt: skip
"""From the states of a finding to those of an OSCAL risk. Drafts and what was withdrawn are not told."""
OPENED = {
    "validate": "investigating", "dispute": "investigating", "agree": "open", "plan": "open", "reopen": "open",
    "remediate": "remediating", "ready": "remediating", "accept-risk": "deviation-approved", "close": "closed",
}  # fmt: skip
"""And from the steps of a finding to the state of the risk behind them."""


class Writer:
    """Writes the parts of one engagement."""

    def __init__(self, told: Told) -> None:
        self.told = told
        about = told.engagement
        self.uuid = uuid5(PORTICO, f"{about['id']} {about['created_at'].astimezone(UTC).isoformat()}")
        self.people: dict[str, str] = {}
        self.cited: set[int] = set()
        self._notes: dict[int, list[Row]] = {}
        for note in told.notes:
            self._notes.setdefault(note["finding_id"], []).append(note)

    def id(self, kind: str, number: Any) -> str:
        """The uuid of a thing in this engagement: always the same."""
        return str(uuid5(self.uuid, f"{kind} {number}"))

    def origin(self, person: Row) -> list[Node]:
        return [{"actors": [{"type": "party", "actor-uuid": self.party(person)}]}]

    def party(self, person: Row) -> str:
        self.people[str(person["id"])] = person["name"]
        return str(person["id"])

    def cite(self, versions: list[int]) -> list[Node]:
        """Links to the sealed evidence, by its hash."""
        self.cited.update(versions)
        found = [self.told.evidence[version] for version in sorted(versions)]
        return [
            {"href": f"#{self.id('evidence', row['id'])}", "description": f"{row['name']}, SHA-256 {row['sha256']}"}
            for row in found
        ]

    def finding_observation(self, finding: Row) -> Node:
        """What an auditor's finding saw."""
        return {
            "uuid": self.id("finding observation", finding["id"]), "title": finding["title"],
            "description": finding["condition"], "methods": [finding["method"].upper()], "types": ["finding"],
            "origins": self.origin(finding["writer"]), "relevant-evidence": self.cite(finding["evidence"]),
            "collected": moment(finding["sent_at"]),
        }  # fmt: skip

    def risk(self, finding: Row) -> Node:
        """What may happen while a finding is open, what is done about it and until when."""
        return {
            "uuid": self.id("risk", finding["id"]), "title": finding["title"],
            "description": finding["condition"],
            "statement": finding["effect"] or finding["condition"],
            "props": [
                ours("severity", finding["severity"]), ours("finding-state", finding["state"]),
                ours("finding-number", str(finding["number"])), *_requirement(finding),
            ],
            "status": STATUS[finding["state"]], "origins": self.origin(finding["writer"]),
            "deadline": _end_of(finding["risk_accepted_until"] or finding["due_on"]),
            "remediations": list(self._remediations(finding)),
            "risk-log": {"entries": list(self._entries(finding))},
            "related-observations": [{"observation-uuid": self.id("finding observation", finding["id"])}],
        }  # fmt: skip

    def _remediations(self, finding: Row) -> Iterator[Node]:
        if finding["recommendation"]:
            yield {
                "uuid": self.id("recommendation", finding["id"]), "lifecycle": "recommendation",
                "title": f"Recommendation on finding {finding['number']}", "description": finding["recommendation"],
                "origins": self.origin(finding["writer"]),
            }  # fmt: skip
        if finding["action_plan"]:
            yield {
                "uuid": self.id("plan", finding["id"]),
                "lifecycle": "completed" if finding["closed_at"] else "planned",
                "title": f"Action on finding {finding['number']}", "description": finding["action_plan"],
                "origins": self.origin(finding["owner"]) if finding["owner"] else [],
                "tasks": [self._milestone(finding)] if finding["due_on"] else [],
            }  # fmt: skip

    def _milestone(self, finding: Row) -> Node:
        return {
            "uuid": self.id("milestone", finding["id"]), "type": "milestone",
            "title": f"Remediation of finding {finding['number']}",
            "timing": {"on-date": {"date": _end_of(finding["due_on"])}},
        }  # fmt: skip

    def _entries(self, finding: Row) -> Iterator[Node]:
        for note in self._notes.get(finding["id"], ()):
            yield {
                "uuid": self.id("note", note["id"]), "title": note["action"], "description": note["text"],
                "start": moment(note["at"]),
                "logged-by": [{"party-uuid": self.party(note["by"])}] if note["by"] else [],
                "status-change": OPENED.get(note["action"], ""),
            }  # fmt: skip

    def metadata(self, title: str) -> Node:
        client = self.id("client", self.told.engagement["client_id"])
        parties = [{"uuid": client, "type": "organization", "name": self.told.engagement["client"]}]
        parties += [{"uuid": guid, "type": "person", "name": name} for guid, name in sorted(self.people.items())]
        return {
            "title": title, "last-modified": moment(self._changed()), "version": str(self.told.engagement["version"]),
            "oscal-version": OSCAL_VERSION, "roles": [{"id": "assessed", "title": "Assessed organization"}],
            "parties": parties, "responsible-parties": [{"role-id": "assessed", "party-uuids": [client]}],
        }  # fmt: skip

    def _changed(self) -> datetime:
        """When the newest of all that is told was recorded."""
        told = self.told
        times = [row["at"] for row in (*told.frameworks, *told.assessments, *told.notes)]
        times += [time for row in told.findings for time in (row["sent_at"], row["closed_at"]) if time]
        newest: datetime = max(times)
        return newest

    def resources(self) -> list[Node]:
        """The evidence that was cited, by its hash; the bytes are in the vault and in the binder."""
        return [_resource(self.id("evidence", version), self.told.evidence[version]) for version in sorted(self.cited)]


def _resource(uuid: str, row: Row) -> Node:
    digest = {"algorithm": "SHA-256", "value": row["sha256"]}
    link = {
        "href": f"/api/v1/evidence-versions/{row['id']}/content", "media-type": row["media_type"], "hashes": [digest]
    }  # fmt: skip
    which = f"Evidence {row['evidence_number']}, version {row['number']}"
    return {
        "uuid": uuid, "title": row["title"], "description": which,
        "props": [ours("sealed-at", moment(row["sealed_at"]))], "rlinks": [link],
    }  # fmt: skip


def _requirement(finding: Row) -> list[Node]:
    return [ours("requirement", finding["label"] or finding["code"])] if finding["code"] else []


def ours(name: str, value: str) -> Node:
    return {"name": name, "ns": NAMESPACE, "value": value}


def moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else ""


def _end_of(day: date | None) -> str:
    return moment(datetime.combine(day, time(23, 59, 59), UTC)) if day else ""


def document(kind: str, body: Node) -> bytes:
    """The JSON of a document. OSCAL has no empty lists and texts: what is not there is left out.

    Its uuid says which content it is, as OSCAL wants one for each edition.
    """
    whole = _without_empty(body)
    digest = sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return orjson.dumps({kind: {"uuid": str(uuid5(PORTICO, digest)), **whole}}, option=orjson.OPT_INDENT_2)


def _without_empty(thing: Any) -> Any:
    if isinstance(thing, list):
        return [_without_empty(each) for each in thing]
    if not isinstance(thing, dict):
        return thing
    kept = {name: _without_empty(value) for name, value in thing.items()}
    return {name: value for name, value in kept.items() if value not in ("", None, [], {}) or name == "include-all"}
