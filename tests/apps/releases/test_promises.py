"""Promises 1 to 6, held against random sequences of calls by random actors, some of them at once.

2,000 sequences of about ten calls. Each has a number of its own that makes all of its chances: `CASE=417 pytest -k
sequences` runs one of them again. What runs at once may go otherwise then.
"""

import asyncio
import os
from collections.abc import Sequence

import pytest
from semver import Version

from portico import registry
from portico.kernel.database import Connection, Database, fetch_all
from tests.apps.releases.replay import Auditor, Rule
from tests.apps.releases.sequences import MEMBERS, SOAK, Case, Company, found, new_case

SEQUENCES, PARTS, LANES, LENGTH = 2000, 4, 4, 6
CONTENT = """
    SELECT id, semver, git_sha, artifacts, notes, content_hash, created_by FROM releases.releases
    WHERE service_id = %(id)s ORDER BY precedence"""
RULES = "SELECT id, required, is_emergency FROM releases.approval_rules WHERE service_id = %(id)s"


@pytest.mark.parametrize("part", range(PARTS))
def test_promise_1_to_6_hold_in_random_sequences(part: int, database_url: str) -> None:
    chosen = os.environ.get("CASE")
    if chosen is not None and part:
        return
    seeds: Sequence[int] = range(part, SEQUENCES, PARTS) if chosen is None else [int(chosen)]
    company, auditor = run_sequences(database_url, seeds, length=LENGTH)
    if chosen is None:
        _check_that_much_happened(company, auditor)


def run_sequences(url: str, seeds: Sequence[int], *, length: int) -> tuple[Company, Auditor]:
    print(f"\nsequences {seeds[0]} to {seeds[-1]}, each with its own number as the seed")  # noqa: T201
    return asyncio.run(_run_all(url, seeds, length))


async def _run_all(url: str, seeds: Sequence[int], length: int) -> tuple[Company, Auditor]:
    registry.load("releases")
    database = Database(url, pool_size=LANES * 3)
    await database.open()
    try:
        company = await found(database)
        auditor = Auditor(
            members=[company.users[name] for name in MEMBERS], production=company.environments["production"],
            dev=company.environments["dev"], soak=SOAK,
        )  # fmt: skip
        waiting = iter(seeds)

        async def lane() -> None:
            for seed in waiting:
                await _run(company, auditor, seed, length)

        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(lane())
        return company, auditor
    finally:
        await database.close()


async def _run(company: Company, auditor: Auditor, seed: int, length: int) -> None:
    case = await new_case(company, seed)
    async with company.database.connection() as connection:
        content = await fetch_all(connection, CONTENT, {"id": case.service})
        rules = await fetch_all(connection, RULES, {"id": case.service})
    try:
        await case.run(length)
        async with company.database.connection() as connection:
            await _check_releases(connection, case, content)
            await auditor.check(
                connection, case.service, phased=case.phased,
                rules={row["id"]: Rule(row["required"], row["is_emergency"]) for row in rules},
                hashes={row["id"]: row["content_hash"] for row in content},
            )  # fmt: skip
    except Exception as error:
        error.add_note(f"In the sequence of CASE={seed}.")
        raise


async def _check_releases(connection: Connection, case: Case, before: list[dict[str, object]]) -> None:
    """Promises 1 and 6: what was published is as it was, no version is there twice, and their order is SemVer's."""
    after = await fetch_all(connection, CONTENT, {"id": case.service})
    assert after == before, "promise 1: a published release has changed, or has a double"
    versions = [Version.parse(row["semver"]) for row in after]
    assert versions == sorted(versions), "promise 6: not the order of SemVer"


def _check_that_much_happened(company: Company, auditor: Auditor) -> None:
    """Else the sequences prove nothing."""
    least = {"dev": 60, "production": 15, "emergency": 3, "rollback": 2, "override": 1}
    assert all(auditor.starts[kind] >= count for kind, count in least.items()), auditor.starts
    refused = ("claim: MAY_NOT_START", "approved: OWN_REQUEST", "approved: CONTENT_CHANGED", "edit: CONFLICT",
               "approved: ALREADY_DECIDED", "same version: CONFLICT", "succeed: AGENT_LOST")  # fmt: skip
    assert all(company.seen[kind] for kind in refused), company.seen
