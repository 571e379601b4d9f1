"""The rules of a start, each as a function of what was read: nothing here asks the database or the clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from portico.apps.releases.admission.explanation import Rule, missing, refused, satisfied
from portico.apps.releases.freezes.reads import ActiveFreeze
from portico.kernel.database import Row

LOST_AFTER = timedelta(minutes=5)
"""An agent that was not heard of for so long is lost: it holds up nobody any more."""


def is_lost(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is not None and seen_at + LOST_AFTER <= now


def state(facts: Row, approvals_hold: bool, now: datetime) -> Rule:
    """Only what is open can start, and what has waited too long for approvals is open no more."""
    found = facts["state"]
    if found == "running":
        return refused("state", needs="It is running already.")
    if found not in ("requested", "awaiting_approval", "scheduled", "queued"):
        return refused("state", needs=f"It is {found}: request it anew.")
    until = facts["approval_until"]
    if found == "awaiting_approval" and not approvals_hold and until is not None and until <= now:
        return refused("state", needs="It waited too long for approvals: request it anew.")
    return satisfied("state")


def release_state(facts: Row) -> Rule:
    """Published, or a candidate where nothing is protected."""
    found = facts["release_state"]
    if found == "published" or (found == "candidate" and not facts["is_protected"]):
        return satisfied("release_state", by=[f"{facts['semver']} is {found}"])
    if found == "candidate":
        return refused("release_state", needs=f"{facts['semver']} is a candidate: {facts['environment']} is protected.")
    return refused("release_state", needs=f"{facts['semver']} is {found}.")


def content(facts: Row) -> Rule:
    if facts["content_hash"] == facts["requested_hash"]:
        return satisfied("content_hash", by=[facts["requested_hash"]])
    return refused("content_hash", needs="The release is not what was requested any more: request it anew.")


def approvals(facts: Row, rules: Sequence[Row]) -> list[Rule]:
    """Each rule of the scope: so many distinct people of its group, on this content, for this environment."""
    is_emergency = facts["is_emergency"] or facts["is_rollback"]
    found = [rule for rule in rules if rule["is_emergency"] == is_emergency]
    if found:
        return [_approval(rule) for rule in found]
    where = f"{facts['service']} in {facts['environment']}"
    if is_emergency and (facts["is_protected"] or rules):
        return [refused("approvals", needs=f"No emergency rule lets anything of {where} through.")]
    if facts["is_protected"]:
        return [refused("approvals", needs=f"No approval rule lets anything of {where} through.")]
    return [satisfied("approvals", by=["no rule asks for any"])]


def _approval(rule: Row) -> Rule:
    given, needed = rule["given"], rule["required"]
    by = [each["name"] for each in given]
    if len(given) >= needed:
        return satisfied("approvals", rule["name"], by=by)
    needs = f"{needed - len(given)} more of {needed} approvals by {rule['group']}"
    return missing("approvals", rule["name"], needs=needs, by=by)


def freezes(active: Sequence[ActiveFreeze], overrides: Sequence[Row]) -> list[Rule]:
    if not active:
        return [satisfied("freeze", by=["none holds"])]
    through = {each["freeze_id"]: each for each in overrides}
    return [_freeze(each, through.get(each.id)) for each in active]


def _freeze(freeze: ActiveFreeze, override: Row | None) -> Rule:
    if override is not None:
        return satisfied("freeze", freeze.name, by=[f"{override['by_name']}: {override['reason']}"])
    end = f"until {freeze.until:%Y-%m-%d %H:%M} UTC" if freeze.until else "until somebody ends it"
    return refused("freeze", freeze.name, needs=f"Frozen {end}: {freeze.reason}", until=freeze.until)


def defects(facts: Row, found: Sequence[Row], *, has_earlier: bool) -> Rule:
    """An open defect keeps a release from going on: out of its first phase, and into what is protected."""
    if not (has_earlier or facts["is_protected"]):
        return satisfied("defects", by=["not asked for here"])
    if not found:
        return satisfied("defects", by=["none is open"])
    names = ", ".join(f"#{each['id']} {each['title']}" for each in found)
    return refused("defects", needs=f"Open: {names}")


def gates(required: Sequence[str], found: Sequence[Row]) -> list[Rule]:
    by_name = {each["name"]: each for each in found}
    return [_gate(name, by_name.get(name)) for name in required] or [satisfied("gate", by=["none is required"])]


def _gate(name: str, gate: Row | None) -> Rule:
    if gate is None:
        return missing("gate", name, needs="Nothing was reported yet.")
    if gate["status"] == "passed":
        return satisfied("gate", name, by=[gate["source"] or name], until=gate["expires_at"])
    if gate["status"] == "failed":
        return refused("gate", name, needs="It has failed.")
    return missing("gate", name, needs="It has expired." if gate["is_expired"] else "It is pending.")


def schedule(facts: Row, now: datetime) -> Rule:
    at = facts["scheduled_at"]
    if at is None or at <= now:
        return satisfied("schedule")
    return missing("schedule", needs=f"It is scheduled for {at:%Y-%m-%d %H:%M} UTC.", until=at)


def one_at_a_time(facts: Row, now: datetime) -> Rule:
    running, until = facts["running_id"], facts["stopping_until"]
    if running is None and until is not None:
        needs = f"One was cancelled while it ran: its agent stops by {until:%H:%M:%S} UTC."
        return missing("one_at_a_time", needs=needs, until=until)
    if running is None:
        return satisfied("one_at_a_time", by=["nothing runs there"])
    if is_lost(facts["running_seen_at"], now):
        return satisfied("one_at_a_time", by=[f"the agent of deployment {running} is lost"])
    return missing("one_at_a_time", needs=f"Deployment {running} is running.")
