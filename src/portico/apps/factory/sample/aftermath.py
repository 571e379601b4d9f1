"""What else happened in the sample data: shipments, a fault that was found, stops, shifts, and material that waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from portico.apps.factory.sample import cast
from portico.apps.factory.sample.scene import ONE, Scene
from portico.apps.factory.sample.story import Batch, Story

STOPS = (
    ("Saw 1", 9, 130, 25, "Blade change", False), ("CNC 1", 8, 60, 40, "Tool broken", False),
    ("Welder 1", 7, 200, 35, "Heating plate fault", False), ("Saw 1", 5, 0, 20, "Cleaning", True),
    ("Corner cleaner", 6, 0, 15, "Cleaning", True), ("Welder 1", 3, 330, 50, "Maintenance", True),
    ("Glazing", 1, 100, 18, "No glass", False),
)  # fmt: skip
"""Where, how many working days ago, minutes after the shift began, how long, why, and whether that was planned."""


def ship(story: Story, batch: Batch, at: datetime) -> None:
    """A batch leaves on its trolley, with the pieces that are in its windows."""
    scene = story.scene
    shipment_id = _shipment(story, batch, "SH-0001", at, "shipped")
    for window in batch.windows:
        lot_id = story.making.lots[window.code]
        place = scene.places[scene.rows.row("pieces", window.all_pieces[0].id)["trolley"]]
        scene.move(lot_id, place, -ONE, "ship", cast.MANAGER, at, shipment_id=shipment_id)
        for piece in window.all_pieces:
            scene.rows.change("pieces", piece.id, state="shipped")
            told = {"barcode": piece.barcode, "before": "completed"}
            scene.note("Shipping", cast.MANAGER, at, told, piece_id=piece.id, **piece.place)
    details = {"shipment": "SH-0001", "state": "shipped", "lots": len(batch.windows)}
    scene.note("Shipping", cast.MANAGER, at, details, project_id=story.project_id)


def prepare_shipment(story: Story, batch: Batch, at: datetime) -> None:
    """What is packed of a batch stands in a draft."""
    _shipment(story, batch, "SH-0002", at, "draft")


def _shipment(story: Story, batch: Batch, code: str, at: datetime, state: str) -> int:
    rows = story.scene.rows
    packed = {row["details"]["code"] for row in rows.tables["events"] if row["kind"] == "Packaging"}
    trolley = rows.row("pieces", batch.windows[0].all_pieces[0].id)["trolley"]
    shipment_id = rows.add(
        "shipments", code=code, project_id=story.project_id, customer="Vitosha Homes", trolley=trolley, state=state,
        shipped_at=at if state == "shipped" else None, created_at=at,
    )  # fmt: skip
    for window in batch.windows:
        if window.code in packed:
            rows.join("shipment_lines", shipment_id=shipment_id, lot_id=story.making.lots[window.code], quantity=1)
    return shipment_id


def find_fault(story: Story, at: datetime) -> None:
    """A bead of a window that is not glazed yet is scratched: somebody has to decide."""
    scene, piece = story.scene, story.batches[1].windows[12].pieces["B"][0]
    by = scene.done_by(cast.CHECKER, at)
    lot_id = scene.rows.row("pieces", piece.id)["lot_id"]
    inspection = scene.rows.add(
        "inspections", lot_id=None, piece_id=piece.id, name="Look before glazing", result="fail", measurements=[],
        note="Deep scratch on the visible side.", **by,
    )  # fmt: skip
    told = {"inspection": inspection, "name": "Look before glazing", "result": "fail"}
    scene.note("QualityCheck", cast.CHECKER, at, told, piece_id=piece.id, **piece.place)
    scene.rows.add(
        "nonconformances", number=1, lot_id=lot_id, piece_id=piece.id, inspection_id=inspection, state="open",
        title="Scratched bead", description="Deep scratch on the visible side, 40 mm long.", **by,
    )  # fmt: skip
    details = {"number": 1, "title": "Scratched bead", "what": "opened"}
    scene.note("Nonconformance", cast.CHECKER, at, details, piece_id=piece.id, lot_id=lot_id)


def keep_waiting(scene: Scene, at: datetime) -> None:
    """Sealant that nobody has looked at yet, and some that must not be used."""
    receive = scene.receive
    receive("SEALANT-2", "SEALANT", 24, at, supplier="Dichta", supplier_lot="D-118", state="quarantine",
            place="QUARANTINE")  # fmt: skip
    blocked = receive("SEALANT-1", "SEALANT", 18, at, supplier="Dichta", supplier_lot="D-097")
    scene.rows.change("lots", blocked, state="blocked", state_before="released")
    reason = "The supplier warns of it: it does not set."
    by = scene.done_by(cast.MANAGER, at + timedelta(hours=3))
    scene.rows.add("blocks", lot_id=blocked, recall_id=None, reason=reason, **by)
    scene.note("LotBlocked", cast.MANAGER, by["at"], {"reason": reason}, lot_id=blocked)


def add_times(scene: Scene, stations: Sequence[str]) -> None:
    """Shifts of all stations, and the stops in them. One is down now."""
    for station in stations:
        for starts_at, ends_at in scene.days.shifts():
            scene.rows.add(
                "shifts", workstation_id=scene.stations[station], name="Early", starts_at=starts_at, ends_at=ends_at
            )
    for station, day, start, minutes, reason, is_planned in STOPS:
        begin = scene.days.back(day, start)
        _stop(scene, station, begin, begin + timedelta(minutes=minutes), reason, is_planned)
    _stop(scene, "Corner cleaner", scene.days.ago(25), None, "Knife worn", False)


def _stop(
    scene: Scene, station: str, start: datetime, end: datetime | None, reason: str, is_planned: bool
) -> None:  # fmt: skip
    by = scene.done_by(cast.MANAGER, start)
    columns: dict[str, Any] = {"user_id": by["user_id"], "user_name": by["user_name"], "note": "", "created_at": start}
    scene.rows.add(
        "downtimes", workstation_id=scene.stations[station], starts_at=start, ends_at=end, reason=reason,
        is_planned=is_planned, **columns,
    )  # fmt: skip
    scene.note("Downtime", cast.MANAGER, start, {"reason": reason}, workstation_id=scene.stations[station])
