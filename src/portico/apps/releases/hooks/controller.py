"""The hooks: what GitHub, GitLab and whoever speaks CDEvents tell us, and what was done about it."""

from typing import Annotated, Any

from fastapi import Query, Request

from portico.apps.releases.access import ReadAccess
from portico.apps.releases.hooks import reads
from portico.apps.releases.hooks.cdevents import CDEVENTS
from portico.apps.releases.hooks.github import GITHUB
from portico.apps.releases.hooks.gitlab import GITLAB
from portico.apps.releases.hooks.messages import Translation
from portico.apps.releases.hooks.schemas import DeliveryPage, Outcome, SourceName, Taken
from portico.apps.releases.hooks.service import HookService, access_of
from portico.apps.releases.hooks.sources import cdevent_of
from portico.apps.releases.permissions import Action
from portico.kernel.client_address import client_address
from portico.kernel.inputs import Now
from portico.kernel.paging import Limit
from portico.kernel.routes import router, takes
from portico.kernel.unit_of_work import Reading, Writing
from portico.kernel.webhook_intake import DESCRIBED, MOST_BYTES, Source

TRANSLATIONS: dict[str, dict[str, Translation]] = {"github": GITHUB, "gitlab": GITLAB, "cdevents": CDEVENTS}
REFUSED: dict[int | str, dict[str, Any]] = {401: {"description": "The signature is missing or wrong."}}

hooks = router(prefix="/api/v1/hooks", tags=["hooks"])


@hooks.get("/deliveries", response_model=DeliveryPage, summary="What came in, and what was done about it")
async def list_deliveries(
    access: ReadAccess,
    reading: Reading,
    source: SourceName | None = None,
    outcome: Outcome | None = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Any:
    access.require(Action.READ_LOG)
    return await reads.deliveries(reading, source=source, outcome=outcome, limit=limit, cursor=cursor)


async def _taken(request: Request, write: Writing, now: Now, name: str) -> Any:
    source: Source = request.app.state.hooks[name]
    delivery = await source.take(request, write)
    if delivery is None:
        return {"status": "repeated"}
    payload = cdevent_of(request.headers, delivery.payload) if name == "cdevents" else delivery.payload
    translate = TRANSLATIONS[name].get(delivery.event)
    message = translate(payload) if translate else None
    access = await access_of(await write.connection(), name, client_address(request))
    result = await HookService(write, name, now).take(delivery, message, access)
    return {"status": result.outcome, "event": delivery.event, "reason": result.reason, "object": result.object}


@hooks.post(
    "/github", response_model=Taken, summary="What GitHub tells", responses=REFUSED, openapi_extra=DESCRIBED
)  # fmt: skip
@takes(MOST_BYTES)
async def take_github(request: Request, write: Writing, now: Now) -> Any:
    return await _taken(request, write, now, "github")


@hooks.post(
    "/gitlab", response_model=Taken, summary="What GitLab tells", responses=REFUSED, openapi_extra=DESCRIBED
)  # fmt: skip
@takes(MOST_BYTES)
async def take_gitlab(request: Request, write: Writing, now: Now) -> Any:
    return await _taken(request, write, now, "gitlab")


@hooks.post(
    "/cdevents", response_model=Taken, summary="What whoever speaks CDEvents tells", responses=REFUSED,
    openapi_extra=DESCRIBED,
)  # fmt: skip
@takes(MOST_BYTES)
async def take_cdevents(request: Request, write: Writing, now: Now) -> Any:
    return await _taken(request, write, now, "cdevents")
