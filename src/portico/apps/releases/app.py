"""The registration of the release manager."""

from typing import Any

from fastapi import FastAPI

from portico.apps.releases import live
from portico.apps.releases.access import reading_log
from portico.apps.releases.api_keys.controller import api_keys
from portico.apps.releases.approvals.controller import approval_rules, approvals
from portico.apps.releases.approvals.pages import approval_pages
from portico.apps.releases.audit_log import audit_log
from portico.apps.releases.auth.controller import auth
from portico.apps.releases.defects.controller import defects
from portico.apps.releases.deployments.agents import agents
from portico.apps.releases.deployments.controller import deployments
from portico.apps.releases.deployments.jobs import JOBS as DEPLOYMENT_JOBS
from portico.apps.releases.deployments.pages import deployment_pages
from portico.apps.releases.dora.controller import dora
from portico.apps.releases.dora.pages import dora_pages
from portico.apps.releases.environments.controller import environments
from portico.apps.releases.freezes.controller import freezes
from portico.apps.releases.freezes.pages import freeze_pages
from portico.apps.releases.gates.controller import gates
from portico.apps.releases.groups.controller import groups
from portico.apps.releases.hooks.controller import hooks
from portico.apps.releases.hooks.jobs import HOOK_JOBS
from portico.apps.releases.hooks.sources import sources
from portico.apps.releases.importing.controller import importing
from portico.apps.releases.importing.jobs import IMPORT_JOBS
from portico.apps.releases.incidents.controller import incidents
from portico.apps.releases.incidents.pages import incident_pages
from portico.apps.releases.lifecycles.controller import lifecycles
from portico.apps.releases.matrix.controller import matrix
from portico.apps.releases.matrix.pages import board_pages
from portico.apps.releases.notices import MAIL_NOTIFICATION, notifications
from portico.apps.releases.releases.controller import releases
from portico.apps.releases.releases.pages import release_pages
from portico.apps.releases.runbooks.controller import runbook_runs, runbooks
from portico.apps.releases.search.controller import search
from portico.apps.releases.seeding import seed
from portico.apps.releases.services.controller import services
from portico.apps.releases.site import site
from portico.apps.releases.tables import ReleasesTable
from portico.apps.releases.teams.controller import teams
from portico.apps.releases.users.controller import users
from portico.apps.releases.users.realm import realm
from portico.apps.releases.versioning.controller import versioning
from portico.identity.public import audience, job_router, prepare, session_router, sign_in_router, token_router
from portico.kernel.app import App
from portico.kernel.event_log_routes import log_routes
from portico.kernel.runtime import Runtime

TITLE = "Portico Releases"


def _prepare(app: FastAPI, runtime: Runtime) -> None:
    prepare(realm)(app, runtime)
    app.state.hooks = sources()


def _about(runtime: Runtime, root: str) -> dict[str, Any]:
    documentation = f"{root}/api/v1/docs" if runtime.settings.has_docs else None
    return {"message": TITLE, "documentation": documentation, "version": runtime.version}


app = App(
    name="releases",
    title=TITLE,
    summary="What runs where, who allowed it, and how well it is delivered.",
    metadata=ReleasesTable.metadata,
    routers=[
        freezes,
        search,
        runbooks,
        runbook_runs,
        notifications,
        incidents,
        defects,
        gates,
        token_router("/api/v1/auth"),
        session_router("/api/v1/auth/sessions"),
        auth,
        users,
        api_keys,
        teams,
        groups,
        services,
        environments,
        lifecycles,
        matrix,
        releases,
        deployments,
        agents,
        approvals,
        approval_rules,
        importing,
        versioning,
        dora,
        job_router("/api/v1/jobs"),
        log_routes(reading_admin=reading_log, prefix="/api/v1/log"),
        audit_log,
        live.tickets,
        live.stream,
        live.webhooks,
        hooks,
        sign_in_router(site),
        board_pages,
        release_pages,
        deployment_pages,
        approval_pages,
        incident_pages,
        dora_pages,
        freeze_pages,
    ],
    listeners=audience.listeners(realm),
    jobs=[*DEPLOYMENT_JOBS, *IMPORT_JOBS, *HOOK_JOBS, MAIL_NOTIFICATION],
    seed=seed,
    realm=realm,
    about=_about,
    aliases={
        "/api/v1/docs": "/docs",
        "/api/v1/redoc": "/redoc",
        "/api/v1/openapi.json": "/openapi.json",
        "/api/v1": "/api/v1",
        "/api": "/api/v1",
    },
    prepare=_prepare,
    demo="anna@example.com / released with care",
    pages=site,
)
