"""The registration of the audit app: all that the kernel has to know of it."""

from fastapi import FastAPI

from portico.apps.audit.additions.controller import additions
from portico.apps.audit.additions.models import Addition
from portico.apps.audit.assessments.controller import assessments
from portico.apps.audit.assessments.models import Assessment
from portico.apps.audit.auth.controller import auth
from portico.apps.audit.binder.controller import binder
from portico.apps.audit.clients.controller import clients
from portico.apps.audit.clients.models import Client
from portico.apps.audit.documents.controller import documents
from portico.apps.audit.documents.jobs import DOCUMENT_JOBS
from portico.apps.audit.documents.models import DocumentJob
from portico.apps.audit.engagements.controller import engagements
from portico.apps.audit.engagements.models import Engagement
from portico.apps.audit.evidence.controller import evidence
from portico.apps.audit.evidence.jobs import EVIDENCE_JOBS
from portico.apps.audit.evidence.models import Evidence
from portico.apps.audit.exceptions.controller import exceptions
from portico.apps.audit.exceptions.jobs import EXCEPTION_JOBS
from portico.apps.audit.exceptions.models import LedgerException
from portico.apps.audit.exports.controller import oscal_exports
from portico.apps.audit.findings.controller import findings
from portico.apps.audit.findings.jobs import JOBS as FINDING_JOBS
from portico.apps.audit.findings.models import Finding
from portico.apps.audit.findings.steps import steps
from portico.apps.audit.frameworks.controller import frameworks
from portico.apps.audit.frameworks.models import Framework
from portico.apps.audit.ledgers.controller import ledgers
from portico.apps.audit.ledgers.jobs import LEDGER_JOBS
from portico.apps.audit.ledgers.models import Ledger
from portico.apps.audit.live import stream, tickets
from portico.apps.audit.log_routes import log_chain, log_routes
from portico.apps.audit.members.controller import members
from portico.apps.audit.members.models import Member
from portico.apps.audit.pages.routers import PAGES
from portico.apps.audit.populations.controller import populations
from portico.apps.audit.populations.models import Population
from portico.apps.audit.procedures.controller import procedures
from portico.apps.audit.procedures.models import Procedure
from portico.apps.audit.reconciliations.controller import reconciliations
from portico.apps.audit.reconciliations.models import Reconciliation
from portico.apps.audit.reports.controller import reports
from portico.apps.audit.requests.controller import requests
from portico.apps.audit.requests.models import EvidenceRequest
from portico.apps.audit.samples.controller import samples
from portico.apps.audit.samples.models import Sample
from portico.apps.audit.search import embedders
from portico.apps.audit.search.controller import search
from portico.apps.audit.search.jobs import SEARCH_JOBS
from portico.apps.audit.seeding import SAMPLE_PASSWORD, SAMPLE_USER, seed
from portico.apps.audit.site import site
from portico.apps.audit.tables import AuditTable
from portico.apps.audit.users.controller import users
from portico.apps.audit.users.realm import realm
from portico.apps.audit.workpapers.controller import workpapers
from portico.apps.audit.workpapers.models import Workpaper
from portico.identity.public import job_router, prepare, session_router
from portico.kernel.app import App
from portico.kernel.runtime import Runtime

TABLES = (
    Addition,
    Assessment,
    Client,
    DocumentJob,
    Engagement,
    Evidence,
    LedgerException,
    Finding,
    Framework,
    Ledger,
    Member,
    Population,
    Procedure,
    Reconciliation,
    EvidenceRequest,
    Sample,
    Workpaper,
)
# One table of each noun: its import puts the noun's others into the metadata as well.


def _prepare(app: FastAPI, runtime: Runtime) -> None:
    prepare(realm)(app, runtime)
    app.state.embedder = embedders.configured()


app = App(
    name="audit",
    title="Portico Audit",
    summary="Financial and control audits, with evidence that nobody can alter.",
    metadata=AuditTable.metadata,
    routers=[
        auth,
        session_router("/api/v1/auth/sessions"),
        users,
        clients,
        engagements,
        members,
        additions,
        log_routes,
        log_chain,
        evidence,
        requests,
        documents,
        procedures,
        ledgers,
        exceptions,
        populations,
        samples,
        reconciliations,
        workpapers,
        findings,
        steps,
        search,
        reports,
        binder,
        frameworks,
        assessments,
        oscal_exports,
        stream,
        tickets,
        job_router("/api/v1/jobs"),
        *PAGES,
    ],
    jobs=[*DOCUMENT_JOBS, *EVIDENCE_JOBS, *SEARCH_JOBS, *FINDING_JOBS, *LEDGER_JOBS, *EXCEPTION_JOBS],
    seed=seed,
    realm=realm,
    aliases={
        "/api/v1/docs": "/docs",
        "/api/v1/redoc": "/redoc",
        "/api/v1/openapi.json": "/openapi.json",
        "/api/v1": "/api/v1",
        "/api": "/api/v1",
        "/auth": "/api/v1/auth",
    },
    prepare=_prepare,
    pages=site,
    demo=f"{SAMPLE_USER['email']} / {SAMPLE_PASSWORD}",
)
