"""The registration of the reference application."""

from typing import Any

from fastapi import FastAPI

from portico.apps.items import live
from portico.apps.items.access import mode_of, reading_log, warehouse
from portico.apps.items.attachments.controller import attachments
from portico.apps.items.auth.controller import auth
from portico.apps.items.configuration import configuration
from portico.apps.items.controller import items, items_v2
from portico.apps.items.graphql.controller import graphql, prepare_graphql
from portico.apps.items.graphql.socket import graphql_socket
from portico.apps.items.notify import MAIL_NOTIFICATION, notifications
from portico.apps.items.pages import pages, site
from portico.apps.items.permissions import SCOPES
from portico.apps.items.search.controller import search
from portico.apps.items.seeding import seed
from portico.apps.items.stock import hooks
from portico.apps.items.tables import ItemsTable
from portico.apps.items.transfer.controller import transfer
from portico.apps.items.transfer.jobs import TRANSFER_JOBS
from portico.apps.items.users.controller import users
from portico.apps.items.users.realm import realm
from portico.identity.public import (
    api_key_router,
    audience,
    job_router,
    prepare,
    session_router,
    sign_in_router,
)
from portico.kernel.app import App
from portico.kernel.event_log_routes import log_routes
from portico.kernel.runtime import Runtime

TITLE = "Portico Items"
ALSO_AT_THE_ROOT = (
    "api-keys", "auth", "events", "hooks", "items", "jobs", "log", "notifications", "users", "webhooks", "ws",
)  # fmt: skip

sessions = session_router("/api/v1/auth/sessions")
api_keys = api_key_router(scopes=SCOPES, path="/api/v1/api-keys")


def _prepare(app: FastAPI, runtime: Runtime) -> None:
    prepare(realm)(app, runtime)
    app.state.items_mode = mode_of(runtime.settings)
    app.state.warehouse = warehouse()
    prepare_graphql(app)


def _about(runtime: Runtime, root: str) -> dict[str, Any]:
    documentation = f"{root}/docs" if runtime.settings.has_docs else None
    return {"message": f"Welcome to {TITLE}", "documentation": documentation, "version": runtime.version}


app = App(
    name="items",
    title=TITLE,
    summary="The reference application: items, users, and what the kernel can do with them.",
    metadata=ItemsTable.metadata,
    routers=[
        sign_in_router(site),
        pages,
        auth,
        sessions,
        api_keys,
        transfer,  # before what has ids: `export` is none
        attachments,
        search,
        items,
        items_v2,
        job_router("/api/v1/jobs"),
        users,
        notifications,
        graphql,
        configuration,
        live.tickets,
        live.stream,
        live.webhooks,
        hooks,
        log_routes(reading_admin=reading_log, prefix="/api/v1/log"),
    ],
    sockets=[live.socket, graphql_socket],
    listeners=audience.listeners(realm),
    seed=seed,
    realm=realm,
    about=_about,
    # What has a version keeps it; the other paths mean version 1.
    aliases={
        "/api/v1": "/api/v1",
        "/api/v2": "/api/v2",
        "/api": "/api/v1",
        **{f"/{first}": f"/api/v1/{first}" for first in ALSO_AT_THE_ROOT},
    },
    jobs=[*TRANSFER_JOBS, MAIL_NOTIFICATION],
    prepare=_prepare,
    pages=site,
    demo="test@example.com / password123",
)
