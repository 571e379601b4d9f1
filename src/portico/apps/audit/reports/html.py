"""A report as one file of HTML: it needs nothing beside it, runs nothing, and is made to be printed."""

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

from portico.apps.audit.reports.content import Report
from portico.kernel.pages import environment

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "report.css").read_text()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}';"
    " base-uri 'none'; form-action 'none'"
)
"""Of the style that stands in the file, and nothing else."""
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_templates = environment(FOLDER)


def html(report: Report) -> str:
    return _templates.get_template("report.html").render(report=report, policy=POLICY, style=Markup(STYLE))  # noqa: S704 - ours
