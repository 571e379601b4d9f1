"""The sample data, written into an installation that has none of it. Each company is all there, or not at all."""

from datetime import datetime, timedelta

from portico.apps.factory.sample import aftermath, cast
from portico.apps.factory.sample.days import Days
from portico.apps.factory.sample.repository import SampleRepository
from portico.apps.factory.sample.rows import Rows
from portico.apps.factory.sample.scene import Scene
from portico.apps.factory.sample.story import Story
from portico.apps.factory.sample.structure import add_project, add_window
from portico.apps.factory.tables import HOME
from portico.kernel.transaction import Transaction

OKNA_PROJECT = "OKN-001"


class SampleService:
    def __init__(self, repository: SampleRepository) -> None:
        self._repository = repository

    @classmethod
    async def of(cls, transaction: Transaction) -> "SampleService":
        return cls(SampleRepository(await transaction.connection()))

    async def empty(self) -> None:
        await self._repository.empty()

    async def add(self, pwd_hash: str, pin_hash: str) -> None:
        """The companies that are missing, and the administrator of all. A company that is there stays as it is."""
        days = Days(await self._repository.now())
        await self._repository.enter(HOME)
        await self._repository.put_people(cast.SYSTEM, pwd_hash, pin_hash)
        await self._repository.enter(cast.OKNA)
        if await self._repository.add_company(cast.OKNA, cast.OKNA_NAME):
            people = await self._repository.put_people(cast.OKNA_PEOPLE, pwd_hash, pin_hash)
            await self._repository.write(okna(await self._rows(), people, days))
        await self._repository.enter(cast.DELICE)
        if await self._repository.add_company(cast.DELICE, cast.DELICE_NAME):
            people = await self._repository.put_people(cast.PEOPLE, pwd_hash, pin_hash)
            await self._repository.write(delice(await self._rows(), people, days))

    async def counts(self) -> dict[str, int]:
        """Of the company that was entered last."""
        return await self._repository.counts()

    async def _rows(self) -> Rows:
        return Rows(await self._repository.bases())


def delice(rows: Rows, people: dict[str, int], days: Days) -> Rows:
    """A project of 900 pieces, half of them made."""
    scene = Scene(rows, people, days)
    scene.add_stations(cast.STATIONS)
    for code, name, kind in (
        ("STORE", "Store", "store"), ("QUARANTINE", "Quarantine", "quarantine"),
        *((f"TR-0{number}", f"Trolley {number}", "trolley") for number in range(1, 5)),
    ):  # fmt: skip
        scene.add_place(code, name, kind)
    scene.add_catalogue()
    for routing in cast.ROUTINGS:
        scene.add_routing(*routing)
    story = Story(scene)
    story.at(days.back(4, 300), lambda at: aftermath.ship(story, story.batches[0], at))
    story.at(days.back(2, 200), lambda at: aftermath.find_fault(story, at))
    story.at(days.ago(10), lambda at: aftermath.prepare_shipment(story, story.batches[1], at))
    story.at(days.back(3, 30), lambda at: aftermath.keep_waiting(scene, at))
    story.tell()
    aftermath.add_times(scene, [name for name, _, _ in cast.STATIONS])
    for kind, table in (("cut_plan", "cut_plans"), ("nonconformance", "nonconformances")):
        rows.join("counters", kind=kind, last=len(rows.tables[table]))
    _in_order(rows)
    return rows


def okna(rows: Rows, people: dict[str, int], days: Days) -> Rows:
    """Two windows that are only planned."""
    scene = Scene(rows, people, days)
    scene.add_stations(cast.OKNA_STATIONS, first=21)
    scene.add_catalogue()
    project_id = add_project(scene, OKNA_PROJECT, "House Rila", "Family Rilska", (days.now + timedelta(days=30)).date())
    for number in (1, 2):
        add_window(scene, project_id, OKNA_PROJECT, number)
    return rows


def _in_order(rows: Rows) -> None:
    """Numbers of lines in the log follow the time: nothing refers to them."""
    events = rows.tables["events"]
    ids = [row["id"] for row in events]
    events.sort(key=_at)
    for number, row in zip(ids, events, strict=True):
        row["id"] = number


def _at(row: dict[str, datetime]) -> datetime:
    return row["at"]
