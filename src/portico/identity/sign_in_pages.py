"""The pages on which one signs in and out: the same for every app that has pages."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from portico.identity import page_sessions
from portico.identity.guard import ClientOf
from portico.identity.page_sessions import MaybePageReader
from portico.kernel.errors import Forbidden, InvalidInput, Problem, RateLimited, Unauthorized
from portico.kernel.forms import Form
from portico.kernel.pages import Pages, page_router
from portico.kernel.unit_of_work import Writing

# What a log-in can be refused with. Here it is no error of the page, but a sentence above the form.
REFUSALS: tuple[type[Problem], ...] = (Unauthorized, Forbidden, InvalidInput, RateLimited)


def sign_in_router(pages: Pages) -> APIRouter:
    """The routes, for an app's registration. `pages.sign_in` stays as it is."""
    api = page_router()

    @api.get("/sign-in", summary="The page to sign in on")
    async def show_sign_in(
        request: Request,
        caller: MaybePageReader,
        asked: Annotated[str, Query(alias="next", max_length=2000, description="Where to go afterwards.")] = "",
    ) -> Any:
        if caller is not None:
            return pages.go_to(request, pages.next_of(asked))
        return pages.page(request, "sign_in.html", error="", values={"next": asked})

    @api.post("/sign-in", summary="Sign in")
    async def sign_in(request: Request, form: Form, client: ClientOf) -> Any:
        answer = pages.go_to(request, pages.next_of(form.get("next", "")))
        try:
            await page_sessions.sign_in(
                request, answer, client, name=form.get("name", ""), password=form.get("password", "")
            )
        except REFUSALS as refusal:
            typed = {"name": form.get("name", ""), "next": form.get("next", "")}
            return pages.page(request, "sign_in.html", status=refusal.status, error=refusal.text, values=typed)
        return answer

    @api.post("/sign-out", summary="Sign out")
    async def sign_out(request: Request, form: Form, write: Writing) -> Any:
        answer = pages.go_to(request, pages.sign_in)
        await page_sessions.sign_out(request, answer, write)
        return answer

    return api
