"""The page of the tablet: a shell that is the same for everybody, kept by the browser, and who is signed in at it."""

from hashlib import blake2b
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from portico.apps.factory.auth.schemas import QrIn
from portico.apps.factory.auth.service import BadgeService
from portico.apps.factory.pages import reads
from portico.apps.factory.site import OPERATOR, site
from portico.identity.public import ClientOf, IdentityOf, MaybePageReader, page_sessions
from portico.kernel import forms
from portico.kernel.forms import FromScript
from portico.kernel.pages import HEADERS, page_router
from portico.kernel.unit_of_work import Reading, Writing

SCRIPTS = ("scanner.js", "calls.js", "outbox.js", "screens.js", "operator.js")
FILES = ("icon.svg", "portico.css", "operator.css", *SCRIPTS)
TO_SIGN_IN = "Nobody has signed in here yet: whose session it is, is what it makes."

operator_pages = page_router()


class PersonOut(BaseModel):
    id: int
    name: str


class StationOut(BaseModel):
    id: int
    guid: str
    name: str


class SessionOut(BaseModel):
    """Who is signed in at this tablet, if anybody, and the token that calls of its page carry."""

    csrf: str
    user: PersonOut | None
    workstation: StationOut | None


@operator_pages.get("/operator", summary="The page of the tablet")
async def show_operator(request: Request) -> Any:
    """It holds nothing of anybody: the browser keeps it, and shows it without Wi-Fi."""
    return site.page(request, "operator.html", scripts=SCRIPTS)


@operator_pages.get("/operator-worker.js", summary="The script that keeps the page of the tablet")
async def worker(request: Request) -> Response:
    root = request.scope.get("root_path", "")
    files = [f"{root}{site.files.path(name)}" for name in FILES]
    # Its name changes with any file or with the shell: a new version of either is then fetched by the browser.
    shell = site.environment.loader.get_source(site.environment, "operator.html")[0]  # type: ignore[union-attr]
    name = f"floor-{blake2b(repr((files, shell)).encode(), digest_size=6).hexdigest()}"
    text = site.environment.get_template("worker.js").render(name=name, shell=f"{root}{OPERATOR}", files=files)
    headers = {**HEADERS, "Cache-Control": "no-cache"}
    return Response(text, media_type="text/javascript", headers=headers)


@operator_pages.get("/operator/session", response_model=SessionOut, summary="Who is signed in at the tablet")
async def show_session(request: Request, response: Response, reading: Reading, caller: MaybePageReader) -> Any:
    response.headers["Cache-Control"] = "no-store"
    found = await reads.at_station(reading, caller.session_id) if caller else None
    token = forms.token(request)
    forms.begin_visit(request, response)
    if found is None:
        return {"csrf": token, "user": None, "workstation": None}
    user = {"id": found["user_id"], "name": found["full_name"] or found["email"]}
    station = {"id": found["workstation_id"], "guid": str(found["workstation_guid"]), "name": found["workstation"]}
    return {"csrf": token, "user": user, "workstation": station}


@operator_pages.post("/operator/sign-in", status_code=204, dependencies=[FromScript], summary="Sign in at the tablet")
async def sign_in(request: Request, response: Response, identity: IdentityOf, client: ClientOf, body: QrIn) -> None:
    service = BadgeService(identity, request.app.state.database)
    token = await service.sign_in(body.user_guid, body.workstation_guid, body.pin, client)
    page_sessions.begin(request, response, token.access, seconds=token.expires_in)


@operator_pages.post("/operator/sign-out", status_code=204, dependencies=[FromScript], summary="Leave the tablet")
async def sign_out(request: Request, response: Response, write: Writing) -> None:
    await page_sessions.sign_out(request, response, write)
