"""The registration of the factory."""

from typing import Any

from portico.apps.factory.access import HEADER, reading_log
from portico.apps.factory.api_keys.controller import api_keys
from portico.apps.factory.articles.controller import articles
from portico.apps.factory.auth.controller import auth
from portico.apps.factory.companies.controller import companies
from portico.apps.factory.cut_plans.controller import cut_plans
from portico.apps.factory.downtimes.controller import downtimes, shifts
from portico.apps.factory.genealogy.controller import genealogy
from portico.apps.factory.kpi.controller import kpi
from portico.apps.factory.labels.controller import labels
from portico.apps.factory.locations.controller import locations
from portico.apps.factory.lots.controller import lots
from portico.apps.factory.lots.jobs import LOT_JOBS
from portico.apps.factory.materials.controller import materials
from portico.apps.factory.pages.cut_plans import cut_plan_pages
from portico.apps.factory.pages.dashboard import dashboard_pages
from portico.apps.factory.pages.floor import floor_pages
from portico.apps.factory.pages.labels import label_pages
from portico.apps.factory.pages.oee import oee_pages
from portico.apps.factory.pages.operator import operator_pages
from portico.apps.factory.pages.people import people_pages
from portico.apps.factory.pages.places import place_pages
from portico.apps.factory.pages.projects import project_pages
from portico.apps.factory.pages.recall import recall_pages
from portico.apps.factory.pages.stock import stock_pages
from portico.apps.factory.projects.assembly_controller import assemblies
from portico.apps.factory.projects.component_controller import components
from portico.apps.factory.projects.controller import projects
from portico.apps.factory.projects.piece_controller import pieces
from portico.apps.factory.quality.controller import inspections, nonconformances
from portico.apps.factory.queue.controller import queue
from portico.apps.factory.recalls import models as _recalls  # noqa: F401  the mapper of blocks looks for this table
from portico.apps.factory.recalls.controller import recalls
from portico.apps.factory.reports.controller import reports
from portico.apps.factory.routings.controller import routings
from portico.apps.factory.scans.controller import scans
from portico.apps.factory.scrap_reasons.controller import scrap_reasons
from portico.apps.factory.seeding import seed
from portico.apps.factory.shipments.controller import shipments
from portico.apps.factory.site import site
from portico.apps.factory.stock.controller import stock
from portico.apps.factory.sync.controller import sync
from portico.apps.factory.tables import FactoryTable
from portico.apps.factory.users.controller import users
from portico.apps.factory.users.realm import realm
from portico.apps.factory.work_orders.controller import operations, work_orders
from portico.apps.factory.workflow.controller import workflow
from portico.apps.factory.workstations.controller import workstations
from portico.identity.public import job_router, prepare, session_router, sign_in_router
from portico.kernel.app import App
from portico.kernel.event_log_routes import log_routes
from portico.kernel.runtime import Runtime

TITLE = "Ra Factory"


def _about(runtime: Runtime, root: str) -> dict[str, Any]:
    documentation = f"{root}/api/v1/docs" if runtime.settings.has_docs else None
    return {"message": TITLE, "documentation": documentation, "version": runtime.version}


app = App(
    name="factory",
    title=TITLE,
    summary="Made-to-order production, tracked from the order to the single cut piece.",
    metadata=FactoryTable.metadata,
    routers=[
        auth,
        session_router("/api/v1/auth/sessions"),
        companies,
        users,
        workstations,
        api_keys,
        downtimes,
        shifts,
        kpi,
        inspections,
        nonconformances,
        articles,
        projects,
        components,
        assemblies,
        pieces,
        sync,
        workflow,
        routings,
        scrap_reasons,
        work_orders,
        operations,
        reports,
        queue,
        scans,
        cut_plans,
        labels,
        materials,
        locations,
        lots,
        genealogy,
        stock,
        recalls,
        shipments,
        job_router("/api/v1/jobs"),
        log_routes(reading_admin=reading_log, prefix="/api/v1/log"),
        sign_in_router(site),
        operator_pages,
        floor_pages,
        dashboard_pages,
        project_pages,
        cut_plan_pages,
        stock_pages,
        recall_pages,
        oee_pages,
        people_pages,
        place_pages,
        label_pages,
    ],
    seed=seed,
    jobs=LOT_JOBS,
    realm=realm,
    about=_about,
    aliases={
        "/api/v1/docs": "/docs",
        "/api/v1/redoc": "/redoc",
        "/api/v1/openapi.json": "/openapi.json",
        "/api/v1": "/api/v1",
        "/api": "/api/v1",
    },
    prepare=prepare(realm),
    choosing_headers=[HEADER],
    defaults={"access_token_expire_minutes": 15},
    demo="a.petrov@delice.bg / password",
    pages=site,
)
