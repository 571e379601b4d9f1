"""A workstation whose shifts, stops and reports a test writes down, as in the tables of a textbook."""

from datetime import UTC, datetime
from typing import Any

from tests.apps.factory.world import API, World, done
from tests.contract.shop import made, unique

DAY = "2026-02-02"
"""A Monday before the tests' clock. In its company it is two hours later than in UTC."""


def at(clock: str, day: str = DAY) -> str:
    """A moment of the day in UTC."""
    return f"{day}T{clock}:00Z"


class Station:
    def __init__(self, world: World) -> None:
        self.world = world
        self.row = world.new_station()
        self.id: int = self.row["id"]
        self.client = world.ours.admin.client

    def shift(self, start: str, end: str) -> dict[str, Any]:
        body = {"workstation_id": self.id, "starts_at": start, "ends_at": end}
        return made(self.client.post(f"{API}/shifts", json=body))

    def stop(self, start: str, end: str | None, *, planned: bool = False, reason: str = "Jam") -> dict[str, Any]:
        body = {
            "workstation_id": self.id, "starts_at": start, "ends_at": end, "reason": reason, "is_planned": planned
        }  # fmt: skip
        return made(self.client.post(f"{API}/downtimes", json=body))

    def operation(self, seconds: float) -> int:
        """One of a work order, with this standard time."""
        article = self.world.add("articles", code=unique("article"))
        routing = self.world.add("routings", code=unique("routing"))
        order = self.world.add(
            "work_orders", code=unique("order"), routing_id=routing["id"], article_id=article["id"], quantity=1000
        )
        row = self.world.add(
            "operations", work_order_id=order["id"], position=1, name="Cut", workstation_id=self.id,
            standard_seconds=seconds,
        )  # fmt: skip
        return int(row["id"])

    def report(
        self,
        operation_id: int,
        when: str,
        *,
        good: int = 0,
        rework: int = 0,
        reverses_id: int | None = None,
        **scrap: int,
    ) -> int:
        """`scrap` is by the name of its reason; the report's id."""
        report = self.world.add(
            "reports", operation_id=operation_id, workstation_id=self.id, good=good, scrap=sum(scrap.values()),
            rework=rework, reverses_id=reverses_id, key=unique("key"), fingerprint="",
            at=datetime.fromisoformat(when).astimezone(UTC), user_id=1, user_name="tests",
        )  # fmt: skip
        for name, quantity in scrap.items():
            reason = self.world.add("scrap_reasons", code=unique("reason"), name=name)
            self.world.add("report_scrap", report_id=report["id"], reason_id=reason["id"], quantity=quantity)
        return int(report["id"])

    def oee(self, start: str = at("00:00"), end: str = at("23:59")) -> dict[str, Any]:
        return self._asked("oee", start, end)

    def losses(self, start: str = at("00:00"), end: str = at("23:59")) -> dict[str, Any]:
        return self._asked("losses", start, end)

    def _asked(self, what: str, start: str, end: str) -> dict[str, Any]:
        params = {"workstation": self.id, "from": start, "to": end}
        return done(self.client.get(f"{API}/kpi/{what}", params=params))


def percents(shown: dict[str, Any]) -> tuple[float | None, ...]:
    """Availability, effectiveness, quality and OEE."""
    return tuple(shown[name]["percent"] for name in ("availability", "effectiveness", "quality", "oee"))
