"""The sample data, played into an installation that has no engagement. All of it is there, or nothing."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from datetime import date
from decimal import Decimal

from portico.apps.audit.clients.service import ClientService
from portico.apps.audit.engagements.service import EngagementService
from portico.apps.audit.evidence.service import LARGEST
from portico.apps.audit.evidence.verifying import OWNER
from portico.apps.audit.frameworks.service import FrameworkService
from portico.apps.audit.sample import cast, catalog, concluding, engaging, examining, found
from portico.apps.audit.sample.papers import CHANGES, CONTRACT, LEAVERS, POLICY, RETEST, YEAR, Papers, papers
from portico.apps.audit.sample.repository import SampleRepository
from portico.apps.audit.sample.stage import Scene, Stage
from portico.kernel.files import Files, StoredFile
from portico.kernel.transaction import Transaction

PERIOD = {"period_start": date(YEAR, 1, 1), "period_end": date(YEAR, 12, 31), "currency": None}
TEXTS = {"policy": POLICY, "contract": CONTRACT, "leavers": LEAVERS, "changes": CHANGES, "retest": RETEST}


class SampleService:
    def __init__(self, write: Transaction, files: Files) -> None:
        self._write = write
        self._files = files
        self._papers: Papers | None = None
        self._stored: dict[str, StoredFile] = {}

    async def prepare(self, *, anew: bool) -> None:
        """Store the files of the sample, before anything else is written: see `Files.store`.

        Where nobody asks for it anew, not beside an engagement: nothing is added to that.

        From here on the transaction is held, since what the services do aside must not end it.
        """
        repository = SampleRepository(await self._write.connection())
        if anew or not await repository.is_used():
            self._papers = await self._write.aside(asyncio.to_thread(papers))
            await self._store(self._papers)
        self._write.hold()

    async def empty(self) -> None:
        kept = [each.id for each in self._stored.values()]
        await SampleRepository(await self._write.connection()).empty(kept)

    async def add(self, pwd_hash: str) -> list[str]:
        """Accounts that are missing; and the rest, unless there is an engagement. Answers what was planted."""
        repository = SampleRepository(await self._write.connection())
        people = await repository.put_people(cast.PEOPLE, pwd_hash)
        if self._papers is None:
            return []
        if await repository.is_used():  # somebody was faster
            for each in self._stored.values():
                await self._files.remove(self._write, owner=each.owner, file_id=each.id)
            return []
        now = await repository.now()
        stage = Stage(self._write, self._files, repository, people, self._papers, self._stored, now)
        await _play(stage)
        return list(self._papers.notes)

    async def counts(self) -> dict[str, int]:
        return await SampleRepository(await self._write.connection()).counts()

    async def _store(self, of: Papers) -> None:
        stored = await self._files.store_all(self._write, _streams(of), owner=OWNER, limit=LARGEST)
        self._stored = dict(zip(of.files, stored, strict=True))


async def _play(stage: Stage) -> None:
    lead = stage.access(cast.LEAD)
    client_id = await ClientService(stage.write, lead).create(**cast.CLIENT)
    framework_id = await stage.repository.framework(catalog.UUID)
    if framework_id is None:
        framework_id = await FrameworkService(stage.write, lead).take(catalog.catalog(), name="trading-controls.json")
    controls = await _controls(stage, client_id, framework_id)
    books = await _books(stage, client_id, framework_id)
    for scene in (controls, books):
        await _add_texts(scene)


async def _books(stage: Stage, client_id: int, framework_id: int) -> Scene:
    """The audit of the books, in the middle of its fieldwork."""
    scene = await engaging.begin(
        stage, client_id, framework_id, cast.BOOK_PROCEDURES, name=cast.BOOKS,
        objective="An opinion on the books of the year, and on the controls over them.",
        materiality=Decimal("200000.00"), performance_materiality=Decimal("150000.00"),
        settings=dict(stage.papers.books.parameters), **PERIOD,
    )  # fmt: skip
    await engaging.ask(scene, cast.BOOK_REQUESTS)
    await engaging.file_away(scene, "planted", "What was planted", days=33)
    ledgers = await examining.import_all(scene)
    await examining.test(scene, ledgers["ledger"])
    await examining.reconcile(scene, ledgers)
    await examining.draw(scene, ledgers["ledger"])
    await concluding.write(scene, cast.BOOK_WORKPAPERS, days=20)
    await concluding.find(scene, found.BOOK_FINDINGS)
    return scene


async def _controls(stage: Stage, client_id: int, framework_id: int) -> Scene:
    """The audit of controls: its report is issued, and what was found is followed up."""
    scene = await engaging.begin(
        stage, client_id, framework_id, cast.CONTROL_PROCEDURES, name=cast.CONTROLS,
        objective="Whether access to the ledger system and changes of it are under control.",
        materiality=None, performance_materiality=None, settings={}, **PERIOD,
    )  # fmt: skip
    await engaging.ask(scene, cast.CONTROL_REQUESTS)
    await concluding.write(scene, cast.CONTROL_WORKPAPERS, days=150)
    await concluding.assess(scene, days=148)
    await concluding.find(scene, found.CONTROL_FINDINGS)
    service = EngagementService(stage.write, stage.access(cast.LEAD))
    for action, days in (("submit-review", 125), ("draft-report", 122), ("issue", 119), ("follow-up", 118)):
        await service.move(scene.engagement_id, action, stage.ago(days))
    return scene


async def _add_texts(scene: Scene) -> None:
    """What the search finds: the texts of the papers, as a job reads them out of uploads."""
    for paper, lines in TEXTS.items():
        if paper in scene.versions:
            await scene.stage.repository.add_text(
                scene.engagement_id, scene.versions[paper], lines[0], "\n".join(lines[1:])
            )


async def _streams(of: Papers) -> AsyncIterator[AsyncIterable[bytes]]:
    for paper in of.files.values():
        yield _Paper(paper.name, paper.content)


class _Paper:
    """A paper as a stream that knows its name."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
