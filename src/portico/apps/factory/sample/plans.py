"""The cut plans of the sample project: one for each profile of a batch."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from portico.apps.factory.cut_plans.outcome import summary
from portico.apps.factory.cut_plans.problem import Part, Stock
from portico.apps.factory.cut_plans.reads import bar_id
from portico.apps.factory.cut_plans.solver import solve
from portico.apps.factory.sample import cast
from portico.apps.factory.sample.making import PROFILES
from portico.apps.factory.sample.scene import Scene
from portico.apps.factory.sample.structure import Piece, Window

BAR, KERF, TRIM, KEPT = Decimal(6500), Decimal("3.2"), Decimal(15), Decimal(500)
SECONDS = 0.05
"""For each plan: it is no showpiece of the solver, and whoever starts the server waits."""


def add_plans(scene: Scene, windows: Sequence[Window], at: datetime, *, is_accepted: bool) -> None:
    for letter, profile in PROFILES.items():
        _add(scene, profile, [piece for window in windows for piece in window.pieces[letter]], at, is_accepted)


def _add(scene: Scene, profile: str, pieces: Sequence[Piece], at: datetime, is_accepted: bool) -> None:
    parts = [Part(place, Decimal(piece.length)) for place, piece in enumerate(pieces)]
    plan = solve([Stock(BAR)], parts, kerf=KERF, trim=TRIM, min_remnant=KEPT, seconds=SECONDS)
    number = len(scene.rows.tables["cut_plans"]) + 1
    by = scene.done_by(cast.MANAGER, at)
    plan_id = scene.rows.add(
        "cut_plans", number=number, state="accepted" if is_accepted else "draft", profile=profile, kerf=KERF, trim=TRIM,
        min_remnant=KEPT, stock=[{"length": float(BAR), "qty": None}], summary=summary(plan), user_id=by["user_id"],
        user_name=by["user_name"], accepted_at=at if is_accepted else None,
        accepted_by=cast.MANAGER if is_accepted else "", created_at=at,
    )  # fmt: skip
    for position, bar in enumerate(plan.bars, 1):
        cut = [pieces[part.key] for part in bar.cuts]
        told = [{"length": float(each.length), "piece_id": each.id, "barcode": each.barcode} for each in cut]
        scene.rows.join(
            "cut_bars", plan_id=plan_id, position=position, length=bar.length, remnant=bar.rest, cuts=told
        )  # fmt: skip
        if is_accepted:
            for each in cut:
                place = {"bar_id": bar_id(number, position), "bar_length": bar.length, "bar_rest": bar.rest}
                scene.rows.change("pieces", each.id, **place)
    if is_accepted:
        details = {"cut_plan_id": plan_id, "number": number, "pieces": len(pieces)}
        scene.note("CutPlanAccepted", cast.MANAGER, at, details)
