"""Promises 2, 3 and 4, held against random sequences of steps by random people, two of them always at once.

200 sequences. Each has a number of its own that makes all of its chances: `CASE=17 pytest -k random_sequences` runs one
of them again. What runs at once may go otherwise then.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence

from portico import registry
from portico.apps.audit.findings.models import FINDING_MACHINE
from portico.kernel.database import Connection, Database, fetch_all, fetch_one
from tests.apps.audit.sequences import SNAPSHOT, Case, Firm, found

SEQUENCES, LANES, LENGTH = 200, 3, 5
TURNS = {line.action: line for line in FINDING_MACHINE.table}
EVENTS = """
    SELECT id, actor::bigint AS who, action FROM portico.event_log
    WHERE app = 'audit' AND object = 'engagement:' || %(engagement)s AND details->>'thing' = %(thing)s
      AND actor NOT LIKE 'system%%' ORDER BY id"""
VERSIONS = """
    SELECT number, state, prepared_by, reviewed_by, editors,
        (SELECT count(*) FROM audit.workpaper_evidence AS l JOIN audit.evidence_versions AS x
            ON x.id = l.evidence_version_id AND x.sealed_at IS NULL WHERE l.workpaper_version_id = v.id) AS unsealed
    FROM audit.workpaper_versions AS v WHERE workpaper_id = %(paper)s ORDER BY number"""
FINDING = """
    SELECT f.state, f.requirement_id, f.owner_id, f.sent_at, f.retests, f.fixed_by, f.closed_by, w.procedure_id,
        ARRAY(SELECT l.retest FROM audit.finding_evidence AS l JOIN audit.evidence_versions AS x
            ON x.id = l.evidence_version_id AND x.sealed_at IS NOT NULL WHERE l.finding_id = f.id) AS sealed
    FROM audit.findings AS f JOIN audit.workpapers AS w ON w.id = f.workpaper_id WHERE f.id = %(finding)s"""
NOTES = "SELECT action, user_id FROM audit.finding_notes WHERE finding_id = %(finding)s ORDER BY id"
WORK = {"created", "edited", "opened_again", "linked", "unlinked", "prepared"}
LEAST = {
    "edit": 40, "prepare": 40, "review": 10, "return": 10, "approve": 5, "link": 10, "validate": 2, "agree": 5,
    "dispute": 1, "plan": 10, "remediate": 5, "ready": 10, "close": 3, "reopen": 20, "accept-risk": 10, "withdraw": 20,
    "archive": 30, "turncoat": 20, "close: CONFLICT": 10, "review: CONFLICT": 5, "approve: CONFLICT": 10,
    "validate: CONFLICT": 20, "agree: FORBIDDEN": 5, "agree: NOT_FOUND": 3, "edit: ENGAGEMENT_ARCHIVED": 5,
    "support: NOT_OF_RETEST": 3,
}  # fmt: skip
"""How often which step was taken or refused at the least; else the sequences prove nothing."""


def test_promise_2_3_and_4_hold_in_random_sequences(database_url: str) -> None:
    chosen = os.environ.get("CASE")
    seeds = range(SEQUENCES) if chosen is None else [int(chosen)]
    print(f"\nsequences {seeds[0]} to {seeds[-1]}, each with its own number as the seed")  # noqa: T201
    seen = asyncio.run(_run_all(database_url, seeds))
    if chosen is None:
        assert {name: seen[name] for name in LEAST if seen[name] < LEAST[name]} == {}, seen


async def _run_all(url: str, seeds: Sequence[int]) -> Counter[str]:
    registry.load("audit")
    database = Database(url, pool_size=LANES * 3)
    await database.open()
    try:
        firm = await found(database)
        waiting = iter(seeds)

        async def lane() -> None:
            for seed in waiting:
                await _run(firm, seed)

        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(lane())
        return firm.seen
    finally:
        await database.close()


async def _run(firm: Firm, seed: int) -> None:
    case = Case(firm, seed)
    try:
        await case.begin()
        await case.run(LENGTH)
        async with firm.database.connection() as connection:
            await _check_archive(connection, case)
            await _check_reviews(connection, case)
            await _check_trace(connection, case)
            await _check_steps(connection, case)
    except Exception as error:
        error.add_note(f"In the sequence of CASE={seed}.")
        raise


async def _check_archive(connection: Connection, case: Case) -> None:
    if case.archived is not None:
        row = await fetch_one(connection, SNAPSHOT, case.rows)
        assert row == {"rows": case.archived}, "promise 2: an archive has changed"


async def _check_reviews(connection: Connection, case: Case) -> None:
    """By the log alone: nobody has reviewed what they had a hand in before."""
    events = await fetch_all(connection, EVENTS, {**case.rows, "thing": f"workpaper:{case.rows['paper']}"})
    hands = {case.author}
    for event in events:
        what = event["action"].removeprefix("workpaper.")
        if what in WORK:
            hands.add(event["who"])
        elif what in ("taken_for_review", "returned", "approved"):
            assert event["who"] not in hands, f"promise 3: own work was {what}"
    versions = await fetch_all(connection, VERSIONS, case.rows)
    assert [row["number"] for row in versions] == list(range(1, len(versions) + 1))
    for row in versions:
        assert row["reviewed_by"] not in (row["prepared_by"], *row["editors"]) or row["reviewed_by"] is None
        assert not (row["state"] == "approved" and row["unsealed"]), "approved on evidence that is not sealed"


async def _check_trace(connection: Connection, case: Case) -> None:
    row = await fetch_one(connection, FINDING, case.rows)
    assert row is not None
    if row["state"] not in ("draft", "withdrawn"):
        assert row["procedure_id"], "promise 4"
        assert row["requirement_id"], "promise 4: no requirement"
        assert row["owner_id"], "promise 4: sent to nobody"
        assert row["sent_at"], "promise 4: not sent"
        assert 0 in row["sealed"], "promise 4: no sealed evidence"
    if row["state"] == "closed_verified":
        assert row["retests"] in row["sealed"], "promise 4: closed without evidence of the last retest"
        assert row["closed_by"] not in (None, row["fixed_by"]), "promise 3: closed by who fixed it"


async def _check_steps(connection: Connection, case: Case) -> None:
    """The notes are a way through the table, each step by somebody whose it was, to where the finding is now."""
    state, fixed_by = case.began, case.firm.users["olga"]
    for note in await fetch_all(connection, NOTES, case.rows):
        line = TURNS[note["action"]]
        assert state in line.source, f"{note['action']} from {state}"
        state = line.target
        if note["action"] == "ready":
            fixed_by = note["user_id"]
        if note["action"] == "close":
            assert note["user_id"] not in (None, fixed_by), "promise 3: closed by who fixed it"
        if line.permission == "findings:own":
            assert note["user_id"] == case.firm.users["olga"], "somebody else's finding"
    row = await fetch_one(connection, FINDING, case.rows)
    assert row is not None
    assert row["state"] == state
