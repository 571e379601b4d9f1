"""What may be done with a thing of an engagement, and why the rest may not: the answer of every `/actions`."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from portico.apps.audit.engagements.standing import EngagementArchived
from portico.kernel.database import Row
from portico.kernel.state_machine import Possibility, StateMachine


def possibilities(machine: StateMachine, row: Row, may: Callable[[Any], bool]) -> list[Possibility]:
    """`row` has what the guards look at, and the `engagement_state`: in an archive nothing may be done."""
    found = machine.actions_of(SimpleNamespace(**row), may)
    if row["engagement_state"] == "archived":
        return [replace(each, allowed=False, reasons=[EngagementArchived.message]) for each in found]
    return found
