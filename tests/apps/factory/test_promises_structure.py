"""Promises 6 and 7, held against random sequences: deletions, restores, syncs, creations, production, some at once.

Each sequence has a project and a number of its own, which makes all of its chances: `CASE=417 pytest -k structure` runs
one of them again. What runs at once may go otherwise then.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from portico import registry
from portico.apps.factory.permissions import COMPANY_ADMIN, INTEGRATION, Access
from portico.apps.factory.projects.deletion import DeletionService
from portico.apps.factory.projects.levels import LEVELS, PIECE, Level, above
from portico.apps.factory.projects.models import MADE
from portico.apps.factory.projects.piece_service import PieceService
from portico.apps.factory.projects.service import ProjectService
from portico.apps.factory.sync.service import SyncService
from portico.apps.factory.sync.statements import ASSEMBLIES, COMPONENTS, PIECES, PROJECTS
from portico.identity.public import Caller
from portico.kernel.database import Database, Row, fetch_all, fetch_one
from portico.kernel.errors import Problem
from portico.kernel.etags import IfMatch
from portico.kernel.tenancy import acting_for
from portico.kernel.transaction import Transaction

LANES, LENGTH = 4, 6
ACTIONS = ("delete", "delete", "restore", "restore", "sync", "create", "same code", "make", "replace")
"""What is tried by chance, as often as it stands here; the last two with pieces alone."""
OURS, THEIRS = UUID(int=0xA), UUID(int=0xB)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""The clock stands still: stamps have to differ by themselves."""
NOUNS = dict(zip(LEVELS, (PROJECTS, COMPONENTS, ASSEMBLIES, PIECES), strict=True))
SHAPE = {"": "", "-1": "", "-2": "", "-1-1": "-1", "-1-2": "-1", "-2-1": "-2", "-1-1-1": "-1-1", "-1-1-2": "-1-1",
         "-1-2-1": "-1-2", "-2-1-1": "-2-1"}  # fmt: skip
"""The parts of a project, and what each is in: two components, three assemblies, four pieces."""

ALL = """
    WITH j AS (SELECT id, code, deleted_at FROM factory.projects WHERE code = %(code)s),
        c AS (SELECT id, code, project_id, deleted_at FROM factory.components WHERE project_id IN (SELECT id FROM j)),
        a AS (SELECT id, code, component_id, deleted_at FROM factory.assemblies
              WHERE component_id IN (SELECT id FROM c)),
        p AS (SELECT id, barcode, assembly_id, deleted_at, state FROM factory.pieces
              WHERE assembly_id IN (SELECT id FROM a))
    SELECT 0 AS level, id, code, NULL::bigint AS parent, deleted_at, '' AS state FROM j
    UNION ALL SELECT 1, *, '' FROM c UNION ALL SELECT 2, *, '' FROM a UNION ALL SELECT 3, * FROM p"""
USUAL = (
    "delete", "delete: IS_DELETED", "restore", "restore: IS_DELETED", "sync", "sync: UNKNOWN_PARENT", "create",
    "create: IS_DELETED", "same code: CODE_TAKEN", "delete: IN_PRODUCTION", "make", "make: NOT_FOUND", "replace",
    "replace: NOT_FOUND",
)  # fmt: skip
"""What has to happen, alone and at once with others: else the sequences prove nothing."""
UNUSUAL = ("create: CODE_TAKEN", "same code: IS_DELETED", "make: CONFLICT", "replace: CONFLICT")

Key = tuple[int, int]
State = dict[Key, Row]


@dataclass
class Case:
    """One project, and who deletes, restores, syncs and adds to it."""

    database: Database
    seed: int
    seen: Counter[str]
    chance: random.Random = field(init=False)
    new: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.code = f"P{self.seed}"
        person = Caller(1, UUID(int=1), frozenset({COMPANY_ADMIN}), None, "ana")
        program = Caller(2, UUID(int=2), frozenset({INTEGRATION}), frozenset({"sync:write"}), "plan")
        self.admin = Access(person, address="", company_id=str(OURS))
        self.program = Access(program, address="", company_id=str(OURS))

    async def run(self, length: int) -> None:
        for place in range(len(LEVELS)):
            await self._sync({each: upper for each, upper in SHAPE.items() if each.count("-") == place})
        state = await self.state()
        for _ in range(length):
            if self.chance.random() < 0.3:
                names = await asyncio.gather(*(self._attempt(state) for _ in range(3)))
                self.seen.update(f"{name} at once" for name, _ in names)
            else:
                name, part = await self._attempt(state)
                self.seen[name] += 1
                _check_exactly(name, part, state, await self.state())
            after = await self.state()
            _check_always(state, after)
            state = after

    async def state(self) -> State:
        async with self.database.connection() as connection:
            rows = await fetch_all(connection, ALL, {"code": self.code})
        return {(row["level"], row["id"]): row for row in rows}

    async def _attempt(self, state: State) -> tuple[str, Key | None]:
        """Something by chance; what was done, or why not, and to what."""
        key = self.chance.choice(sorted(state))
        level, row = LEVELS[key[0]], state[key]
        what = self.chance.choice(ACTIONS if level is PIECE else ACTIONS[:7])
        upper = state.get((key[0] - 1, row["parent"])) if row["parent"] else None
        suffix = row["code"].removeprefix(self.code)
        try:
            if what == "delete":
                await self._write(lambda write: DeletionService(write, self.admin, NOW).delete(level, key[1], ANY))
            elif what == "restore":
                await self._write(lambda write: DeletionService(write, self.admin, NOW).restore(level, key[1]))
            elif what == "make":
                await self._write(lambda write: PieceService(write, self.admin, NOW).produce(key[1]))
            elif what == "replace":
                await self._write(lambda write: self._replace(write, key[1]))
            elif what == "sync":
                await self._sync({suffix: upper["code"].removeprefix(self.code) if upper else ""}, key[0])
            elif what == "create":
                self.new += 1
                await self._create(level, f"{row['code']}-n{self.new}" if upper else row["code"], row["parent"])
                what = "create" if upper else "doubled a code"
            else:
                await self._create(level, row["code"], row["parent"])
                what = "doubled a code"
        except Problem as problem:
            return f"{what}: {problem.code}", key
        return what, key

    async def _sync(self, parts: dict[str, str], place: int | None = None) -> None:
        """Parts of one level, and what each is in."""
        noun = NOUNS[LEVELS[min(parts).count("-") if place is None else place]]
        entries = [
            {"code": self.code + each, **({noun.parents[0].field: self.code + upper} if noun.parents else {})}
            for each, upper in parts.items()
        ]
        await self._write(lambda write: SyncService(write, self.program, NOW).sync(noun, entries))

    async def _create(self, level: Level, code: str, parent: int | None) -> None:
        values = {"barcode" if above(level) is LEVELS[2] else "code": code}
        if parent is not None:
            values[level.parent] = parent  # type: ignore[assignment]
        await self._write(lambda write: ProjectService(write, self.admin).create(level, **values))

    async def _replace(self, write: Transaction, piece_id: int) -> None:
        service = PieceService(write, self.admin, NOW)
        await service.scrap(piece_id)
        await service.replace(piece_id)

    async def _write(self, work: Callable[[Transaction], Awaitable[Any]]) -> None:
        write = Transaction(self.database)
        try:
            await work(write)
            await write.commit()
        finally:
            await write.close()


ANY = IfMatch(None)


def _check_always(before: State, after: State) -> None:
    """Promise 6, and of 7 that nothing live is in anything deleted, and that what is made is not."""
    codes = Counter((key[0], row["code"]) for key, row in after.items())
    assert max(codes.values()) == 1, "promise 6: a code is there twice"
    for key, row in before.items():
        assert after[key]["code"] == row["code"], "promise 6: something has gone, or has another code"
    for key, row in after.items():
        upper = after.get((key[0] - 1, row["parent"]))
        assert row["deleted_at"] is not None or upper is None or upper["deleted_at"] is None, "promise 7: an orphan"
        assert row["deleted_at"] is None or row["state"] not in MADE, "promise 7: it is made, and deleted"


def _check_exactly(name: str, key: Key | None, before: State, after: State) -> None:
    """Promise 7, where nothing else was at work: what has changed, and what has not."""
    assert key is not None
    assert name != "doubled a code", "promise 6"
    changed = {each for each in before if before[each]["deleted_at"] != after[each]["deleted_at"]}
    stamp = before[key]["deleted_at"]
    if name == "delete":
        assert changed == _with(before, key, None)
        stamps = {after[each]["deleted_at"] for each in changed}
        others = {after[each]["deleted_at"] for each in _below(before, key) - changed}
        assert len(stamps) == 1, "promise 7: not one stamp"
        assert not stamps & others, "promise 7: a stamp that was there before"
    elif name == "restore":
        assert changed == (set() if stamp is None else _with(before, key, stamp)), "promise 7: not exactly those"
    elif name == "sync":
        assert changed == (set() if stamp is None else {key})
    else:
        assert changed == set(), name


def _with(state: State, key: Key, stamp: datetime | None) -> set[Key]:
    """It and what is in it by way of parts that have this stamp, or are live."""
    found = {key}
    for each in sorted(state):
        if (each[0] - 1, state[each]["parent"]) in found and state[each]["deleted_at"] == stamp:
            found.add(each)
    return found


def _below(state: State, key: Key) -> set[Key]:
    found = {key}
    for each in sorted(state):
        if (each[0] - 1, state[each]["parent"]) in found:
            found.add(each)
    return found


@pytest.mark.parametrize("sequences", [200, pytest.param(2000, marks=[pytest.mark.alone, pytest.mark.long])])
def test_promise_6_and_7_hold_in_random_sequences_of_the_structure(sequences: int, database_url: str) -> None:
    chosen = os.environ.get("CASE")
    seeds: Sequence[int] = range(sequences) if chosen is None else [int(chosen)]
    print(f"\nsequences {seeds[0]} to {seeds[-1]}, each with its own number as the seed")  # noqa: T201
    seen = asyncio.run(_run_all(database_url, seeds))
    if chosen is None:
        assert all(seen[name] and seen[f"{name} at once"] for name in USUAL), seen
        assert set(seen) <= {name + often for name in (*USUAL, *UNUSUAL) for often in ("", " at once")}, seen


async def _run_all(url: str, seeds: Sequence[int]) -> Counter[str]:
    registry.load("factory")
    database = Database(url, pool_size=LANES * 3)
    await database.open()
    seen: Counter[str] = Counter()
    waiting = iter(seeds)

    async def lane() -> None:
        for seed in waiting:
            try:
                with acting_for(str(OURS)):
                    await Case(database, seed, seen).run(LENGTH)
            except Exception as error:
                error.add_note(f"In the sequence of CASE={seed}.")
                raise

    try:
        for company in (OURS, THEIRS):
            with acting_for(str(company)):
                await _found(database, company, seeds)
        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(lane())
        with acting_for(str(THEIRS)):
            async with database.connection() as connection:
                row = await fetch_one(connection, "SELECT count(*) AS n, max(version) AS v FROM factory.projects")
        assert row == {"n": len(seeds), "v": 1}, "promise 6: the same codes of another company were touched"
        return seen
    finally:
        await database.close()


async def _found(database: Database, company: UUID, seeds: Sequence[int]) -> None:
    """A company; theirs has projects of the same codes as ours."""
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO factory.companies (id, name) VALUES (%(id)s, %(name)s)", {"id": company, "name": company.hex}
        )
        if company == THEIRS:
            codes = [f"P{seed}" for seed in seeds]
            await connection.execute(
                "INSERT INTO factory.projects (code) SELECT unnest(%(codes)s::text[])", {"codes": codes}
            )
