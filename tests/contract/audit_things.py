"""Evidence, requests, ledgers, samples and frameworks in the states that routes ask for."""

from collections.abc import Callable
from typing import Any

import orjson

from tests.apps.audit import ledgers, oscal, papers, vault
from tests.apps.audit.everything import add, place_of
from tests.apps.audit.world import World
from tests.contract.shop import unique

Target = dict[str, Any]
Make = Callable[[World], Target]


def row(world: World, table: str, **values: Any) -> int:
    """A new row with these values, which refers to those of the fill. Answers its id."""
    return add(world.url, place_of(world), table, **values)


def put(name: str, table: str, **values: Any) -> Make:
    """A new row, whose id stands for this name in paths."""
    return lambda world: {name: row(world, table, **values)}


def member(world: World) -> Target:
    person = world.person()
    world.appoint(world.id, person, "auditor")
    return {"engagement_id": world.id, "user_id": person.id}


def engagement(world: World) -> Target:
    return {"engagement_id": world.id}


# Evidence and requests


def version(world: World) -> Target:
    """A version that the auditee has uploaded for an own request."""
    request_id = vault.request(world)["id"]
    found = vault.filed(world, by=world.auditee, request=request_id)
    return {"version_id": found["id"], "evidence_id": found["evidence_id"], "request_id": request_id}


def team_version(world: World) -> Target:
    return {"version_id": papers.evidence(world, is_sealed=False)}


def request(state: str) -> Make:
    """A request of the auditee's in this state."""

    def make(world: World) -> Target:
        found = vault.request(world, is_sent=state != "draft")
        if state == "submitted":
            vault.filed(world, by=world.auditee, request=found["id"])
            vault.step(world.auditee, found, "submit")
        return {"request_id": found["id"]}

    return make


def answered_request(world: World) -> Target:
    """One that is asked, and has a document."""
    found = vault.request(world)
    vault.filed(world, by=world.auditee, request=found["id"])
    return {"request_id": found["id"]}


def document_job(world: World) -> Target:
    return {"job_id": vault.uploaded(world, ("books.csv", b"a;b\n1;2\n"))[0]["job_id"]}


# Ledgers and samples


def ledger(world: World, version_id: int = 1) -> Target:
    """An imported ledger with a line."""
    number = row(world, "ledgers", state="imported", evidence_version_id=version_id, name=unique("ledger"))
    for table, values in (
        ("accounts", {"code": "1000"}),
        ("entries", {"position": 1}),
        ("lines", {"position": 1, "entry": 1, "account": "1000"}),
    ):
        row(world, table, ledger_id=number, **values)
    return {"ledger_id": number}


def filed_ledger(world: World) -> Target:
    """One whose file can be read again."""
    return ledger(world, papers.evidence(world))


def ledger_job(world: World) -> Target:
    """Of the auditor, who has sent a ledger."""
    return {"job_id": ledgers.imports(world, unique("a;b\n").encode()).json()["job_id"]}


def exception(world: World) -> Target:
    ledger_id = ledger(world)["ledger_id"]
    run_id = row(world, "test_runs", ledger_id=ledger_id)
    return {"exception_id": row(world, "exceptions", run_id=run_id, ledger_id=ledger_id), "run_id": run_id}


def population(*, is_frozen: bool) -> Make:
    """One with a line."""

    def make(world: World) -> Target:
        values: dict[str, Any] = {} if is_frozen else {"state": "draft", "hash": None}
        number = row(world, "populations", ledger_id=ledger(world)["ledger_id"], **values)
        if is_frozen:
            row(world, "population_items", population_id=number, position=1, line=1)
        return {"population_id": number}

    return make


def sample(state: str) -> Make:
    def make(world: World) -> Target:
        population_id = population(is_frozen=True)(world)["population_id"]
        drawn: dict[str, Any] = {} if state == "planned" else {"seed": "seed", "selected_at": "2025-07-01Z"}
        number = row(world, "samples", population_id=population_id, state=state, size=1, **drawn)
        if state != "planned":
            row(world, "sample_items", sample_id=number, position=1, item=1, is_deviation=False)
        return {"sample_id": number}

    return make


def reconciliation(world: World) -> Target:
    sides = {"left_ledger_id": ledger(world)["ledger_id"], "right_ledger_id": ledger(world)["ledger_id"]}
    return {"reconciliation_id": row(world, "reconciliations", **sides)}


def two_ledgers(world: World) -> Target:
    return {"left": ledger(world)["ledger_id"], "right": ledger(world)["ledger_id"]}


# Frameworks


def framework(world: World) -> Target:
    """A framework with a requirement that answers one of another framework."""
    numbers = [row(world, "frameworks") for _ in range(2)]
    codes = [unique("ac") for _ in range(2)]
    those = [
        row(world, "requirements", framework_id=number, code=code) for number, code in zip(numbers, codes, strict=True)
    ]
    mapping = row(world, "mappings", source_id=those[0], target_id=those[1])
    return {
        "framework_id": numbers[0], "other_id": numbers[1], "codes": codes, "requirement_id": those[0],
        "mapping_id": mapping,
    }  # fmt: skip


def catalog() -> bytes:
    """A small OSCAL catalog of its own."""
    control = {"id": "p-1", "title": "Payments are approved by two"}
    return orjson.dumps({"catalog": {**oscal.head(unique("Catalog")), "controls": [control]}})


def chosen_framework(world: World) -> Target:
    target = framework(world)
    body = {"framework_id": target["framework_id"]}
    world.auditor.client.post(f"{world.path}/frameworks", json=body).raise_for_status()
    return {**target, **engagement(world)}


def unchosen_framework(world: World) -> Target:
    return {**framework(world), **engagement(world)}


def assessment(world: World) -> Target:
    target = chosen_framework(world)
    body = {
        "requirement_id": target["requirement_id"], "method": "examine", "result": "satisfied", "observation": "It is",
    }  # fmt: skip
    found = world.auditor.client.post(f"{world.path}/assessments", json=body)
    found.raise_for_status()
    return {"assessment_id": found.json()["id"]}


def sent_finding(world: World) -> Target:
    values = {"state": "validation", "owner_id": world.auditee.user_id, "sent_at": "2025-07-01Z"}
    return {"finding_id": row(world, "findings", **values, requirement_id=1)}
