"""What has come of a delivery."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Result:
    outcome: Literal["taken", "ignored", "refused"]
    reason: str = ""
    object: str = ""
    deployment_id: int | None = None
    incident_id: int | None = None


class Ignored(Exception):
    """There is nothing to be done, and why."""
