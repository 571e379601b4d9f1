"""How a window of the sample data is made: each method is one report, and what it means to pieces, lots and ledger."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from portico.apps.factory.sample import cast
from portico.apps.factory.sample.floor import Floor, Operation, Used
from portico.apps.factory.sample.scene import ONE
from portico.apps.factory.sample.structure import KINDS, Piece, Window, replacement

WASTE = Decimal("0.02")
"""Of the material: kerfs and ends."""
METRE = 1000
PROFILES = {letter: profile for letter, profile, _ in KINDS}
ARTICLES = {letter: article for letter, _, article in KINDS}
WELDED = {"F": "FRAME", "S": "SASH"}
MINUTE = timedelta(minutes=1)

Agenda = Callable[[datetime, Callable[[datetime], object]], None]


class Making:
    """One batch: its orders for cutting, welding and fitting. `lost` names the pieces that go wrong, and where."""

    def __init__(self, floor: Floor, agenda: Agenda, supplies: dict[str, list[int]], lost: dict[str, str]) -> None:
        self._floor = floor
        self._scene = floor.scene
        self._agenda = agenda
        self._supplies = supplies
        self._lost = lost
        self.lots: dict[str, int] = {}
        """Frames, sashes and windows, by their codes."""

    def cut(self, operation: Operation, window: Window, letter: str, at: datetime) -> None:
        pieces = window.pieces[letter]
        wrong = [piece for piece in pieces if self._lost.get(piece.barcode) == "Cut"]
        good = [piece for piece in pieces if piece not in wrong]
        self._cut(operation, cast.SAWYER, at, letter, good, wrong)
        for piece in wrong:
            self._replace(operation, window, piece, cast.SAWYER, "LENGTH", at)

    def machine(self, operation: Operation, window: Window, at: datetime) -> None:
        wrong = [piece for piece in window.all_pieces if self._lost.get(piece.barcode) == "Machine"]
        good = [piece for piece in window.all_pieces if piece not in wrong]
        report_id = self._machine(operation, good, len(wrong), at)
        for piece in wrong:
            lot_id = self._scene.rows.row("pieces", piece.id)["lot_id"]
            self._scene.move(
                lot_id, self._scene.place_of("Saw 1"), -ONE, "scrap", cast.MACHINIST, at, operation_id=operation.id,
                report_id=report_id, reason="SCRATCH",
            )  # fmt: skip
            cutting = operation.order.operations[0]
            fresh = self._replace(cutting, window, piece, cast.MACHINIST, "SCRATCH", at)
            self._agenda(at + 40 * MINUTE, partial(self._machine, operation, [fresh], 0))

    def weld(self, operation: Operation, window: Window, at: datetime) -> None:
        for letter, article in WELDED.items():
            parts = [self._scene.rows.row("pieces", piece.id)["lot_id"] for piece in window.pieces[letter]]
            self._build(operation, cast.WELDER, at, f"{window.code}-{letter}", article, window, parts)

    def clean(self, operation: Operation, window: Window, at: datetime) -> None:
        self._floor.report(operation, cast.WELDER, at, good=2)
        for letter in WELDED:
            self._scene.bring(
                self.lots[f"{window.code}-{letter}"], self._scene.place_of("Glazing"), cast.WELDER, at + MINUTE
            )

    def fit(self, operation: Operation, _: Window, at: datetime) -> None:
        self._floor.report(operation, cast.FITTER, at, good=1)

    def glaze(self, operation: Operation, window: Window, at: datetime) -> None:
        parts = [self.lots[f"{window.code}-{letter}"] for letter in WELDED]
        parts += [self._scene.rows.row("pieces", piece.id)["lot_id"] for piece in window.pieces["B"]]
        parts += [self._supply(code, ONE, "Glazing", at) for code in ("GLASS-4-16-4", "HW-TILT")]
        self._build(operation, cast.FITTER, at, window.code, "WINDOW", window, parts)

    def check(self, operation: Operation, window: Window, at: datetime) -> None:
        self._floor.report(operation, cast.CHECKER, at, good=1)
        lot_id = self.lots[window.code]
        difference = round(window.number * 0.37 % 1.2, 1)
        limits = {"low": 0.0, "high": 1.5, "is_good": True}
        measured = [{"name": "Difference of the diagonals", "value": difference, "unit": "mm", **limits}]
        inspection = self._scene.rows.add(
            "inspections", lot_id=lot_id, piece_id=None, name="Final check", result="pass", measurements=measured,
            note="", **self._scene.done_by(cast.CHECKER, at),
        )  # fmt: skip
        told = {"inspection": inspection, "name": "Final check", "result": "pass"}
        self._scene.note("QualityCheck", cast.CHECKER, at, told, lot_id=lot_id)
        self._scene.bring(lot_id, self._scene.place_of("Shipping"), cast.CHECKER, at + MINUTE)

    def pack(self, operation: Operation, window: Window, at: datetime) -> None:
        self._floor.report(operation, cast.CHECKER, at, good=1)
        lot_id, piece = self.lots[window.code], window.all_pieces[0]
        trolley = self._scene.rows.row("pieces", piece.id)["trolley"]
        self._scene.bring(lot_id, self._scene.places[trolley], cast.CHECKER, at + MINUTE)
        told = {"trolley": trolley, "code": window.code}
        self._scene.note("Packaging", cast.CHECKER, at, told, lot_id=lot_id, component_id=window.component_id,
                         **operation.order.about)  # fmt: skip

    def _cut(
        self, operation: Operation, by: str, at: datetime, letter: str, good: list[Piece], wrong: list[Piece]
    ) -> None:  # fmt: skip
        in_product, scrapped = (sum((_metres(piece) for piece in pieces), Decimal(0)) for pieces in (good, wrong))
        lost = ((in_product + scrapped) * WASTE).quantize(Decimal("0.001"))
        issued = in_product + scrapped + lost
        lot_id = self._supply(PROFILES[letter], issued, operation.station, at)
        report_id = self._floor.report(
            operation, by, at, good=len(good), scrap={"LENGTH": len(wrong)} if wrong else None, has_pieces=True
        )  # fmt: skip
        self._floor.consume(operation, report_id, by, at, [Used(lot_id, issued, scrapped, lost)])
        for piece in good:
            made = self._floor.make(
                operation, report_id, by, at, piece.barcode, ARTICLES[letter], {lot_id: _metres(piece)}
            )
            self._scene.rows.change("pieces", piece.id, lot_id=made, state="in_production")
            self._floor.tell("PieceCut", operation, by, at, piece, "planned")

    def _machine(self, operation: Operation, good: list[Piece], scrapped: int, at: datetime) -> int:
        by = cast.MACHINIST
        scrap = {"SCRATCH": scrapped} if scrapped else None
        report_id = self._floor.report(operation, by, at, good=len(good), scrap=scrap, has_pieces=True)
        for piece in good:
            self._scene.rows.change("pieces", piece.id, state="completed")
            self._floor.tell("PieceCompleted", operation, by, at, piece, "in_production")
            target = self._scene.place_of("Glazing" if piece.kind == "B" else "Welder 1")
            self._scene.bring(self._scene.rows.row("pieces", piece.id)["lot_id"], target, by, at + MINUTE)
        return report_id

    def _replace(
        self, cutting: Operation, window: Window, piece: Piece, by: str, reason: str, at: datetime
    ) -> Piece:  # fmt: skip
        """Scrap a piece, plan another one, and have a manager cut that soon, whether the saw has work or not."""
        before = self._scene.rows.row("pieces", piece.id)["state"]
        self._scene.rows.change("pieces", piece.id, state="scrapped")
        self._floor.tell("Scrap", cutting, by, at, piece, before)
        fresh = replacement(self._scene, piece)
        pieces = window.pieces[piece.kind]
        pieces[pieces.index(piece)] = fresh
        told = {"barcode": fresh.barcode, "replaces": piece.barcode, "replaces_id": piece.id, "reason": reason}
        self._scene.note("Replacement", cast.MANAGER, at, told, piece_id=fresh.id, **fresh.place)
        self._agenda(at + 25 * MINUTE, lambda then: self._cut(cutting, cast.MANAGER, then, piece.kind, [fresh], []))
        return fresh

    def _build(
        self, operation: Operation, by: str, at: datetime, code: str, article: str, window: Window, parts: list[int]
    ) -> None:
        report_id = self._floor.report(operation, by, at, good=1)
        self._floor.consume(operation, report_id, by, at, [Used(part, ONE) for part in parts])
        lot_id = self._floor.make(operation, report_id, by, at, code, article, dict.fromkeys(parts, ONE))
        self.lots[code] = lot_id
        station = self._scene.stations[operation.station]
        self._scene.note("AssemblyWeld", by, at, {"code": code, "quantity": 1.0}, lot_id=lot_id,
                         component_id=window.component_id, operation_id=operation.id, workstation_id=station,
                         **operation.order.about)  # fmt: skip

    def _supply(self, material: str, quantity: Decimal, station: str, at: datetime) -> int:
        """A lot of which there is so much at the station; the next one is brought where the last one is too short."""
        lots = self._supplies[material]
        if self._scene.left(lots[0]) < quantity:
            lots.pop(0)
        self._scene.bring(lots[0], self._scene.place_of(station), cast.SAWYER, at - MINUTE)
        return lots[0]


def _metres(piece: Piece) -> Decimal:
    return Decimal(piece.length) / METRE
