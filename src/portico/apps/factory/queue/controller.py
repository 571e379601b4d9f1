"""The route of the queue."""

from typing import Annotated, Any

from fastapi import Query

from portico.apps.factory.access import ReadAccess
from portico.apps.factory.queue import reads
from portico.apps.factory.queue.schemas import QueueLine
from portico.apps.factory.work_orders.operations import possibilities
from portico.apps.factory.workstations import reads as workstations
from portico.kernel.errors import NotFound, existing
from portico.kernel.paging import BIGGEST_ID
from portico.kernel.routes import router
from portico.kernel.unit_of_work import Reading

queue = router(prefix="/api/v1/queue", tags=["floor"])


@queue.get("", response_model=list[QueueLine], summary="What there is to do at a workstation, the first due first")
async def get_queue(
    workstation: Annotated[int, Query(ge=1, le=BIGGEST_ID)], access: ReadAccess, reading: Reading
) -> Any:
    existing(await workstations.workstation(reading, workstation), NotFound(f"There is no workstation {workstation}."))
    access.require_at(workstation)
    return [{**line, "actions": possibilities(line, access)} for line in await reads.queue(reading, workstation)]
