"""Asking for a deployment, and waiting for what becomes of it."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from portico.apps.releases.pipeline.client import Portico

POLL = 2.0  # seconds
WAITS = frozenset(("requested", "awaiting_approval", "scheduled", "queued", "running"))


def request(portico: Portico, *, service: str, version: str, environment: str, reason: str = "") -> dict[str, Any]:
    """Ask for it; answers the deployment. Raises `Refused`, `Unreachable`."""
    body = {"service": service, "version": version, "environment": environment, "reason": reason}
    made: dict[str, Any] = portico.post("/deployments", body)
    return made


def until_ended(portico: Portico, deployment_id: int, *, seconds: float, tell: Callable[[str], None]) -> dict[str, Any]:
    """The deployment once it has ended, or as it is when the time is over. `tell` hears of each new state."""
    deadline, last = time.monotonic() + seconds, ""
    while True:
        found: dict[str, Any] = portico.get(f"/deployments/{deployment_id}")
        if found["state"] != last:
            last = found["state"]
            tell(last)
        left = deadline - time.monotonic()
        if last not in WAITS or left <= 0:
            return found
        time.sleep(min(POLL, left))


def explained(portico: Portico, deployment_id: int) -> list[str]:
    """Why it may go or may not: a line for each rule that is not satisfied."""
    return lines(portico.get(f"/deployments/{deployment_id}/explain")["rules"])


def lines(rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """Rules as a person reads them in the log of a pipeline."""
    return [
        f"{rule['name']}: {rule['state']}{': ' if rule.get('missing') else ''}{rule.get('missing', '')}"
        for rule in rules
        if rule["state"] != "satisfied"
    ]
