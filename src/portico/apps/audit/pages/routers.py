"""The routers of all pages, for the registration."""

from portico.apps.audit.pages.controls import control_pages
from portico.apps.audit.pages.engagements import engagement_pages
from portico.apps.audit.pages.evidence import evidence_pages
from portico.apps.audit.pages.findings import finding_pages
from portico.apps.audit.pages.frameworks import framework_pages
from portico.apps.audit.pages.ledger_work import ledger_work_pages
from portico.apps.audit.pages.ledgers import ledger_pages
from portico.apps.audit.pages.planning import planning_pages
from portico.apps.audit.pages.portal import portal_pages
from portico.apps.audit.pages.reconciliations import reconciliation_pages
from portico.apps.audit.pages.reports import report_pages
from portico.apps.audit.pages.requests import request_pages
from portico.apps.audit.pages.samples import sample_pages
from portico.apps.audit.pages.sampling import sampling_pages
from portico.apps.audit.pages.workpapers import workpaper_pages
from portico.apps.audit.site import site
from portico.identity.public import sign_in_router

PAGES = (
    sign_in_router(site),
    engagement_pages,
    planning_pages,
    request_pages,
    evidence_pages,
    ledger_pages,
    ledger_work_pages,
    reconciliation_pages,
    sample_pages,
    sampling_pages,
    control_pages,
    framework_pages,
    workpaper_pages,
    finding_pages,
    report_pages,
    portal_pages,
)
