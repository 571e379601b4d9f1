"""What stands between a deployment and its start, rule by rule."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

State = Literal["satisfied", "missing", "refused"]
"""`missing`: something has yet to come, by itself or from somebody. `refused`: it says no as things stand."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: what kind it is, which one, how it stands, by whom, and what would satisfy it."""

    rule: str
    name: str
    state: State
    by: list[str] = field(default_factory=list)
    missing: str = ""
    until: datetime | None = None
    """When that changes by itself."""

    @property
    def holds(self) -> bool:
        return self.state == "satisfied"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Every rule for the start of one deployment. A start obeys this, and nothing else."""

    deployment_id: int
    state: str
    at: datetime
    rules: list[Rule]
    lost_id: int | None = None
    """What runs there by a lost agent, and is to be ended first."""

    @property
    def may_start(self) -> bool:
        return all(rule.holds for rule in self.rules)

    @property
    def unmet(self) -> list[Rule]:
        return [rule for rule in self.rules if not rule.holds]

    def satisfied(self, *kinds: str) -> bool:
        """Whether all rules of these kinds are."""
        return all(rule.holds for rule in self.rules if rule.rule in kinds)

    def shown(self) -> dict[str, Any]:
        return {
            "deployment_id": self.deployment_id, "state": self.state, "at": self.at, "may_start": self.may_start,
            "rules": [asdict(rule) for rule in self.rules],
        }  # fmt: skip


def satisfied(rule: str, name: str = "", *, by: list[str] | None = None, until: datetime | None = None) -> Rule:
    return Rule(rule=rule, name=name or rule, state="satisfied", by=by or [], until=until)


def missing(
    rule: str, name: str = "", *, needs: str, by: list[str] | None = None, until: datetime | None = None
) -> Rule:
    return Rule(rule=rule, name=name or rule, state="missing", by=by or [], missing=needs, until=until)


def refused(
    rule: str, name: str = "", *, needs: str, by: list[str] | None = None, until: datetime | None = None
) -> Rule:
    return Rule(rule=rule, name=name or rule, state="refused", by=by or [], missing=needs, until=until)
