"""State machines as tables: which action leads from which states to which, who may do it, and what stands against it.

A model holds its table; nothing here reads, writes or waits. `actions_of` answers what may be done now and why the
rest may not; `advance` is the one way to a new state.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from portico.kernel.errors import Conflict, Forbidden

Guard = Callable[[Any], str | None]
"""Looks at the object: None, or the reason why not, as a sentence for the user."""
May = Callable[[Any], bool]
"""Whether the caller has a permission: an app's `Access.may`."""


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One line of a table. `permission` is one of the app's actions; None: anyone may."""

    action: str
    source: Collection[str]
    target: str
    permission: Any = None
    guards: Sequence[Guard] = ()


@dataclass(frozen=True, kw_only=True)
class Possibility:
    """An action, where it leads, whether it may be taken now, and every reason why not."""

    action: str
    target: str
    allowed: bool
    reasons: list[str] = field(default_factory=list)


class IllegalTransition(Conflict):
    """The object is in no state for this action, or a guard stands against it. `details` names what may be done."""


class StateMachine:
    """A table of transitions. An action may have several lines, which start from different states."""

    def __init__(self, *table: Transition, state_of: Callable[[Any], str] = attrgetter("state")) -> None:
        """`state_of` tells an object's state. Raises `ValueError` where an action leads from one state to two."""
        self.table = table
        self._state_of = state_of
        self._actions = tuple(dict.fromkeys(line.action for line in table))
        self._lines = {(line.action, state): line for line in table for state in line.source}
        if len(self._lines) != sum(len(set(line.source)) for line in table):
            raise ValueError("An action leads from one state to two.")

    @property
    def states(self) -> frozenset[str]:
        """Every state in the table: what the column's CHECK constraint should list."""
        return frozenset(state for line in self.table for state in (line.target, *line.source))

    def actions_of(self, thing: Any, may: May) -> list[Possibility]:
        """Every action, in the order of the table: whether it may be taken now, and else why not."""
        return [self._possibility(action, thing, may) for action in self._actions]

    def advance(self, thing: Any, action: str, may: May) -> str:
        """The state that the action leads to; the caller stores it, on a row that it has locked.

        Raises `Forbidden` for who lacks the permission, and `IllegalTransition`, with the actions that are legal now.
        """
        state = self._state_of(thing)
        line = self._lines.get((action, state))
        lines = [line] if line else [each for each in self.table if each.action == action]
        if lines and not any(_permits(each, may) for each in lines):
            raise Forbidden
        reasons = self._possibility(action, thing, may).reasons
        if line is None or reasons:
            legal = [each.action for each in self.actions_of(thing, may) if each.allowed]
            raise IllegalTransition(" ".join(reasons), details={"action": action, "state": state, "legal": legal})
        return line.target

    def _possibility(self, action: str, thing: Any, may: May) -> Possibility:
        state = self._state_of(thing)
        line = self._lines.get((action, state))
        if line is None:
            others = [each for each in self.table if each.action == action]
            sources = dict.fromkeys(source for each in others for source in sorted(each.source))
            reason = f"It is {state}; this is possible from {', '.join(sources)}." if others else "No such action."
            return Possibility(
                action=action, target=others[0].target if others else "", allowed=False, reasons=[reason]
            )
        if not _permits(line, may):
            return Possibility(action=action, target=line.target, allowed=False, reasons=["You may not do this."])
        reasons = [reason for reason in (guard(thing) for guard in line.guards) if reason is not None]
        return Possibility(action=action, target=line.target, allowed=not reasons, reasons=reasons)


def _permits(line: Transition, may: May) -> bool:
    return line.permission is None or may(line.permission)
