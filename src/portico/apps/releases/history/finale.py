"""Where the sample year ends: what is open now, so that there is something to do."""

from datetime import datetime, timedelta
from random import Random

from portico.apps.releases.history.journey import Journey, drawn
from portico.apps.releases.history.rows import Rows

QUIET = timedelta(days=3)
"""How long before the end the services that take part here have nothing else going on."""
BLOCKED, WAITING = "ledger", "identity"
BEGUN = ("checkout", "storefront")


def play(rows: Rows, journeys: dict[str, Journey], now: datetime) -> None:
    """`journeys` by the names of their services. `now` is a whole hour."""
    random = drawn("the end")
    _await_approval(random, journeys[WAITING], now)
    _block(rows, random, journeys[BLOCKED], now)
    for days, name in enumerate(BEGUN, start=1):
        journeys[name].releases.candidate(random, now - timedelta(hours=20 * days))


def _await_approval(random: Random, journey: Journey, now: datetime) -> None:
    """A release that is through with staging: two people have to look at it."""
    release = journey.releases.publish(random, now - timedelta(hours=30))
    journey.deployments.allow_until(now)
    for environment, hours in (("dev", 29), ("test", 27), ("staging", 24)):
        journey.deployments.run(random, release, environment, now - timedelta(hours=hours))
    journey.deployments.ask(release, now - timedelta(hours=2), "priya")


def _block(rows: Rows, random: Random, journey: Journey, now: datetime) -> None:
    """A critical defect keeps a release from going on."""
    release = journey.releases.publish(random, now - timedelta(hours=26))
    journey.deployments.allow_until(now)
    journey.deployments.run(random, release, "dev", now - timedelta(hours=25))
    at = now - timedelta(hours=4)
    rows.add(
        "defects", created_at=at, release_id=release.id, title="Bookings of the last day of a month are lost",
        severity="critical", reported_by=journey.scenery.people["dana"], resolved_by=None, resolved_at=None,
        resolution="",
    )  # fmt: skip
    rows.seals[-1]["state"] = "blocked"
