"""What is true of shifts and downtimes alike."""

from datetime import datetime

from portico.apps.factory.downtimes.models import Downtime, Shift
from portico.kernel.errors import Conflict, InvalidInput


class Overlaps(Conflict):
    code = "OVERLAP"

    def __init__(self, kind: str, other: Shift | Downtime) -> None:
        details = {"id": other.id, "starts_at": other.starts_at, "ends_at": other.ends_at}
        super().__init__(f"The workstation has another {kind} at that time.", details=details)


class WorkstationUnknown(InvalidInput):
    def __init__(self) -> None:
        super().__init__(details={"workstation_id": "is no workstation"})


def check(starts_at: datetime, ends_at: datetime | None) -> None:
    """Raise `InvalidInput` unless the end comes after the start."""
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidInput(details={"ends_at": "must be after starts_at"})
