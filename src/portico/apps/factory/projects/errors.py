"""What can be wrong with projects, components, assemblies and pieces."""

from portico.kernel.errors import Conflict, NotFound


class PartNotFound(NotFound):
    def __init__(self, kind: str, part_id: int | str) -> None:
        super().__init__(f"There is no {kind} {part_id}.")


class PieceNotFound(PartNotFound):
    def __init__(self, piece_id: int | str) -> None:
        super().__init__("piece", piece_id)


class NotReplaceable(Conflict):
    code = "NOT_REPLACEABLE"
    message = "Only what is scrapped is replaced, and once."


class PieceIsMade(Conflict):
    code = "PIECE_IS_MADE"

    def __init__(self, fields: list[str], state: str) -> None:
        super().__init__(f"The piece is {state}: its measures and its material stay.", details={"fields": fields})


class PieceTaken(Conflict):
    code = "PIECE_TAKEN"

    def __init__(self, barcode: str) -> None:
        super().__init__(f"The piece {barcode} is made by a work order already.", details={"barcode": barcode})
