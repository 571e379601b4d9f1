"""The pages of this app: where they begin, what their navigation names, and what they say after a form was taken."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from portico.apps.releases.formats import FILTERS
from portico.kernel.pages import Pages

M = TypeVar("M", bound=BaseModel)

HERE = Path(__file__).parent
BOARD = "/pages/board"
INBOX = "/pages/approvals"
DORA = "/pages/dora"
FREEZES = "/pages/freezes"
INCIDENTS = "/pages/incidents"
RELEASES = "/pages/releases"
DEPLOYMENTS = "/pages/deployments"

site = Pages(
    title="Portico Releases", templates=HERE / "templates", static=HERE / "static", start=BOARD,
    navigation={
        "Board": BOARD, "Releases": RELEASES, "Approvals": INBOX, "DORA": DORA, "Freezes": FREEZES,
        "Incidents": INCIDENTS,
    },
)  # fmt: skip
site.environment.filters.update(FILTERS)
