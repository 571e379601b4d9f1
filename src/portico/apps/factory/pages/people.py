"""The company's people and the keys of its programs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Request

from portico.apps.factory import audit
from portico.apps.factory.access import PageWriteAccess
from portico.apps.factory.permissions import SCOPES, Action
from portico.apps.factory.site import ReadDesk, WriteDesk, site
from portico.apps.factory.users import reads
from portico.apps.factory.users.schemas import PinIn, UserIn
from portico.apps.factory.users.service import UserService, integration
from portico.identity.public import ApiKeyIn, ApiKeyNotFound, IdentityOf, NewPassword, hasher
from portico.kernel.etags import IfMatch
from portico.kernel.forms import Done, Form, checked, typed
from portico.kernel.inputs import Id, Now
from portico.kernel.listing import Cursor
from portico.kernel.pages import page_router
from portico.kernel.unit_of_work import Writing

USERS = "/pages/admin/users"
KEYS = "/pages/admin/api-keys"
PART = 50
ROLES = [("Operator", "Operator"), ("ProjectManager", "Project manager"), ("CompanyAdmin", "Company administrator")]
DONE = {
    "added": "The user is added.", "pin": "The PIN is set.", "disabled": "The user is disabled and signed out.",
    "enabled": "The user may sign in again.", "revoked": "The key is revoked.",
}  # fmt: skip
ANY = IfMatch(None)

people_pages = page_router()


@people_pages.get("/admin/users", summary="The company's people")
async def show_users(desk: ReadDesk, cursor: Cursor = None, done: Done = "") -> Any:
    desk.access.require(Action.CONFIGURE)
    return await _users(desk, cursor=cursor, done=done)


async def _users(
    desk: ReadDesk, *, cursor: str | None = None, done: str = "", values: Any = None, errors: Any = None
) -> Any:  # fmt: skip
    found = await reads.page(desk.connection, role=None, deleted=False, limit=PART, cursor=cursor)
    roles = [(role, name) for role, name in ROLES if desk.access.outranks(role)]
    return await desk.page(
        "users.html", found=found, roles=roles, is_later=cursor is not None, done=DONE.get(done, ""),
        values=values or {}, errors=errors or {}, status=422 if errors else 200, own=desk.access.user_id,
        outranks=desk.access.outranks,
    )  # fmt: skip


@people_pages.post("/admin/users", summary="Add a user from the form")
async def add_user(
    request: Request, form: Form, write: Writing, desk: WriteDesk, now: Now, new_password: NewPassword
) -> Any:
    desk.access.require(Action.CONFIGURE)
    body, errors = checked(UserIn, {name: value for name, value in form.items() if value})
    if body is None:
        return await _users(desk, values=form, errors=errors)
    pwd_hash = None if body.password is None else await write.aside(new_password.hash(body.password))
    pin_hash = None if body.pin is None else await write.aside(hasher().hash(body.pin))
    values = body.model_dump(exclude={"password", "pin"})
    await UserService(write, desk.access, now).create(**values, pwd_hash=pwd_hash, pin_hash=pin_hash)
    return site.go_to(request, USERS, done="added")


@people_pages.post("/admin/users/{user_id}/pin", summary="Set a user's PIN from the form")
async def set_pin(request: Request, user_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now) -> Any:
    body = typed(PinIn, {"pin": form.get("pin", "")})
    service = UserService(write, access, now)
    service.check_may_write(user_id)
    await service.change(user_id, ANY, pin_hash=await write.aside(hasher().hash(body.pin)))
    return site.go_to(request, USERS, done="pin")


@people_pages.post("/admin/users/{user_id}/active", summary="Disable a user, or let one sign in again")
async def set_active(
    request: Request, user_id: Id, form: Form, write: Writing, access: PageWriteAccess, now: Now
) -> Any:
    is_active = form.get("active") == "yes"
    await UserService(write, access, now).change(user_id, ANY, is_active=is_active)
    return site.go_to(request, USERS, done="enabled" if is_active else "disabled")


@people_pages.get("/admin/api-keys", summary="The company's API keys")
async def show_keys(desk: ReadDesk, identity: IdentityOf, now: Now, done: Done = "") -> Any:
    desk.access.require(Action.CONFIGURE)
    return await _keys(desk, identity, now, done=DONE.get(done, ""))


async def _keys(desk: ReadDesk, identity: IdentityOf, now: Now, **values: Any) -> Any:
    user_id = await reads.integration(desk.connection)
    keys = [] if user_id is None else await identity.api_keys.of_user(desk.connection, user_id, now)
    given = {"done": "", "key": "", "values": {}, "errors": {}, **values}
    return await desk.page("api_keys.html", keys=keys, scopes=SCOPES, now=now, **given)


@people_pages.post("/admin/api-keys", summary="Make an API key from the form")
async def add_key(form: Form, write: Writing, desk: WriteDesk, identity: IdentityOf, now: Now) -> Any:
    """The key is in this answer and nowhere else, so there is no way on to another page."""
    desk.access.require(Action.CONFIGURE)
    scopes = [scope for scope in SCOPES if form.get(f"scope-{scope}")]
    typed_in = {"name": form.get("name", ""), "expires_in_days": form.get("expires_in_days", "")}
    body, errors = checked(ApiKeyIn, {**typed_in, "scopes": scopes})
    if body is None:
        return await _keys(desk, identity, now, values=typed_in, errors=errors, status=422)
    text, row = await identity.api_keys.create(
        desk.connection, user_id=await integration(write), name=body.name, scopes=body.scopes, now=now,
        until=now + timedelta(days=body.expires_in_days),
    )  # fmt: skip
    await audit.log(write, desk.access, "api_key.created", f"api_key:{row['id']}", name=body.name, scopes=row["scopes"])
    return await _keys(desk, identity, now, key=text)


@people_pages.post("/admin/api-keys/{key_id}/revoke", summary="Revoke an API key from the form")
async def revoke_key(
    request: Request, key_id: UUID, _: Form, write: Writing, access: PageWriteAccess, identity: IdentityOf, now: Now
) -> Any:
    access.require(Action.CONFIGURE)
    connection = await write.connection()
    user_id = await reads.integration(connection)
    if user_id is None or not await identity.api_keys.revoke(connection, key_id, user_id=user_id, now=now):
        raise ApiKeyNotFound
    await audit.log(write, access, "api_key.revoked", f"api_key:{key_id}")
    return site.go_to(request, KEYS, done="revoked")
