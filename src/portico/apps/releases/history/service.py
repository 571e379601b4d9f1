"""The sample year, written into an app that has none of it."""

from datetime import datetime, timedelta

from portico.apps.releases.history import cast, finale, scenery
from portico.apps.releases.history.journey import WEEKS, Journey
from portico.apps.releases.history.repository import HistoryRepository
from portico.apps.releases.history.rows import Rows
from portico.kernel.transaction import Transaction


class HistoryService:
    def __init__(self, repository: HistoryRepository) -> None:
        self._repository = repository

    @classmethod
    async def of(cls, transaction: Transaction) -> "HistoryService":
        return cls(HistoryRepository(await transaction.connection()))

    async def empty(self) -> None:
        await self._repository.empty()

    async def add(self, pwd_hash: str) -> None:
        """Accounts that are missing; and the year, unless somebody has begun to use the app."""
        people = await self._repository.put_people(cast.PEOPLE, pwd_hash)
        if await self._repository.is_empty():
            await self._repository.write(tell(people, await self._repository.now()))

    async def counts(self) -> dict[str, int]:
        return await self._repository.counts()


def tell(people: dict[str, int], now: datetime) -> Rows:
    """The year that ends now. It begins on a Monday, and is the same in every hour of a week as far as it goes."""
    now = now.replace(minute=0, second=0, microsecond=0)
    monday = now.replace(hour=0) - timedelta(days=now.weekday())
    start = monday - timedelta(weeks=WEEKS - 1)
    rows = Rows()
    scene = scenery.build(rows, people, start=start - timedelta(days=7), now=now)
    journeys = dict[str, Journey]()
    for service in cast.SERVICES:
        is_quiet = service.name in (finale.WAITING, finale.BLOCKED)
        journey = Journey(rows, scene, service, now - finale.QUIET if is_quiet else now)
        journey.run(start)
        journeys[service.name] = journey
    finale.play(rows, journeys, now)
    return rows
