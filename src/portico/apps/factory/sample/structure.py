"""The sample project as the planning program sent it: windows, their frames and sashes, and every single piece."""

from dataclasses import dataclass, field
from datetime import date

from portico.apps.factory.sample.scene import Scene

SIZES = ((1230, 1480), (860, 1180), (1480, 1480), (660, 880), (1130, 2080))
"""Widths and heights of the windows, in turn."""
SASH, BEAD = 76, 164
"""By how much a sash, and the beads in it, are shorter than the frame."""
CELLS = 15
KINDS = (("F", "P70-FRAME", "PIECE-FRAME"), ("S", "P70-SASH", "PIECE-SASH"), ("B", "P70-BEAD", "PIECE-BEAD"))
"""The pieces of a window: the letter in their barcodes, their profile and their article."""


@dataclass
class Piece:
    id: int
    barcode: str
    length: int
    kind: str
    place: dict[str, int | None]
    """What the workflow log refers to."""


@dataclass
class Window:
    number: int
    code: str
    component_id: int
    frame_id: int
    sash_id: int
    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    """Four each, by the letter of their kind."""

    @property
    def all_pieces(self) -> list[Piece]:
        return [piece for pieces in self.pieces.values() for piece in pieces]


def add_project(scene: Scene, code: str, name: str, customer: str, due_on: date) -> int:
    return scene.rows.add("projects", code=code, name=name, customer=customer, due_on=due_on, deleted_at=None)


def add_window(scene: Scene, project_id: int, project: str, number: int) -> Window:
    """One window with its frame and its sash, of four pieces and four beads."""
    code = f"{project}-W{number:02}"
    width, height = SIZES[(number - 1) % len(SIZES)]
    component_id = scene.rows.add(
        "components", project_id=project_id, code=code, name=f"Window {width} x {height}", quantity=1
    )
    trolley = {"trolley": f"TR-0{1 + (number - 1) // CELLS % 4}", "cell": str(1 + (number - 1) % CELLS)}
    frame_id, sash_id = (
        scene.rows.add("assemblies", component_id=component_id, code=f"{code}-{letter}", name=part, **trolley)
        for letter, part in (("F", "Frame"), ("S", "Sash"))
    )
    window = Window(number, code, component_id, frame_id, sash_id)
    for (letter, profile, article), less in zip(KINDS, (0, SASH, BEAD), strict=True):
        assembly_id = frame_id if letter == "F" else sash_id
        place: dict[str, int | None] = {
            "project_id": project_id, "component_id": component_id, "assembly_id": assembly_id
        }  # fmt: skip
        window.pieces[letter] = [
            _piece(scene, f"{code}-{letter}{side}", length - less, letter, profile, article, place, trolley)
            for side, length in enumerate((width, height, width, height), 1)
        ]
    return window


def _piece(
    scene: Scene, barcode: str, length: int, kind: str, profile: str, article: str, place: dict[str, int | None],
    trolley: dict[str, str],
) -> Piece:  # fmt: skip
    angle = 90 if kind == "B" else 45
    inner = length if kind == "B" else length - 140
    piece_id = scene.rows.add(
        "pieces", assembly_id=place["assembly_id"], article_id=scene.articles[article], barcode=barcode,
        state="planned", outer_length=length, inner_length=inner, left_angle=angle, right_angle=angle, profile=profile,
        colour="white", material="PVC", bar_id="", bar_length=None, bar_rest=None, **trolley,
        operations=["Cut", "Machine"], replaces_id=None, work_order_id=None, lot_id=None, version=1,
    )  # fmt: skip
    return Piece(piece_id, barcode, length, kind, place)


def replacement(scene: Scene, piece: Piece) -> Piece:
    """The piece that is made in place of a scrapped one."""
    columns = {name: value for name, value in scene.rows.row("pieces", piece.id).items() if name != "id"}
    barcode = f"{piece.barcode}-R1"
    fresh = {"barcode": barcode, "state": "planned", "replaces_id": piece.id, "lot_id": None}
    free = {"bar_id": "", "bar_length": None, "bar_rest": None}
    piece_id = scene.rows.add("pieces", **{**columns, **fresh, **free})
    return Piece(piece_id, barcode, piece.length, piece.kind, piece.place)
