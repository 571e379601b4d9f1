"""Labels of things, for who may have them."""

from portico.apps.factory.labels import reads
from portico.apps.factory.labels.content import label_of
from portico.apps.factory.labels.drawing import Drawing, draw
from portico.apps.factory.permissions import Access, Action
from portico.kernel.database import Connection
from portico.kernel.errors import NotFound


class NoLabel(NotFound):
    def __init__(self, kind: str, thing_id: int) -> None:
        super().__init__(f"There is no {kind} {thing_id} to label.")


async def drawn(connection: Connection, access: Access, kind: str, thing_id: int) -> Drawing:
    """The label of a thing. Raises `NoLabel`, `Forbidden`.

    Who has a badge has half of a sign-in: that of others is for who manages them.
    """
    access.require(Action.READ)
    if kind == "user" and thing_id != access.user_id:
        access.require(Action.CONFIGURE)
    row = await reads.content(connection, kind, thing_id)
    if row is None:
        raise NoLabel(kind, thing_id)
    return draw(label_of(kind, row))
