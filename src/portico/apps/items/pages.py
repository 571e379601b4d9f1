"""The pages of items: the list, and one form to add, change and delete. The same services as the routes use."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request

from portico.apps.items import reads
from portico.apps.items.access import PageReadAccess, PageWriteAccess
from portico.apps.items.permissions import Action
from portico.apps.items.schemas import ItemIn
from portico.apps.items.service import ItemNotFound, ItemService
from portico.kernel.errors import PreconditionFailed, existing
from portico.kernel.etags import IfMatch
from portico.kernel.forms import Form, checked
from portico.kernel.inputs import Id
from portico.kernel.pages import Pages, page_router
from portico.kernel.paging import seal, unseal
from portico.kernel.unit_of_work import Reading, Writing

LIST = "/pages/items"
PART = 20
DONE = {"added": "The item is added.", "saved": "The item is saved.", "deleted": "The item is deleted."}
CHANGED = "Somebody has changed this item since you opened it."
FIELDS = ("name", "description", "price", "quantity")

site = Pages(title="Portico", templates=Path(__file__).parent / "templates", start=LIST, navigation={"Items": LIST})
pages = page_router()


@pages.get("/items", summary="The list of items")
async def show_list(
    request: Request,
    reading: Reading,
    access: PageReadAccess,
    q: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Any:
    filters = {"name": q.strip() or None, "min_price": None, "max_price": None, "in_stock": None}
    after = unseal(cursor, str, int) if cursor else None
    rows, total = await reads.matching(reading, filters, sort="name", limit=PART + 1, after=after)
    shown = rows[:PART]
    following = {"q": q, "cursor": seal(shown[-1]["sort_key"], shown[-1]["id"])} if len(rows) > PART else None
    return site.page(
        request, "items.html", items=shown, total=total, q=q, following=following, is_later=after is not None,
        done=DONE.get(done, ""), may_add=access.may(Action.ADD_ITEMS),
    )  # fmt: skip


@pages.get("/items/new", summary="The form for a new item")
async def show_new(request: Request, access: PageReadAccess) -> Any:
    access.require(Action.ADD_ITEMS)
    return _form(request, {"price": "", "quantity": "0"})


@pages.post("/items/new", summary="Add an item from the form")
async def add(request: Request, form: Form, write: Writing, access: PageWriteAccess) -> Any:
    item, errors = checked(ItemIn, _typed(form))
    if item is None:
        return _form(request, form, errors=errors)
    await ItemService(write, access).create(**item.model_dump())
    return site.go_to(request, LIST, done="added")


@pages.get("/items/{item_id}", summary="The form of one item")
async def show_item(request: Request, item_id: Id, reading: Reading, access: PageReadAccess) -> Any:
    row = existing(await reads.item(reading, item_id), ItemNotFound(item_id))
    return _form(request, {**row, "price": f"{row['price']:.2f}", "description": row["description"] or ""})


@pages.post("/items/{item_id}", summary="Change an item from the form")
async def change(request: Request, item_id: Id, form: Form, write: Writing, access: PageWriteAccess) -> Any:
    item, errors = checked(ItemIn, _typed(form))
    if item is None:
        return _form(request, form, errors=errors)
    try:
        await ItemService(write, access).change(item_id, _seen(form), **item.model_dump())
    except PreconditionFailed as conflict:  # what was typed is not thrown away
        return _form(request, form, status=conflict.status, error=CHANGED, is_changed=True)
    return site.go_to(request, LIST, done="saved")


@pages.post("/items/{item_id}/delete", summary="Delete an item from its form")
async def delete(request: Request, item_id: Id, form: Form, write: Writing, access: PageWriteAccess) -> Any:
    await ItemService(write, access).delete(item_id, _seen(form))
    return site.go_to(request, LIST, done="deleted")


def _seen(form: Form) -> IfMatch:
    """The version that was shown with the form. A form without one has seen none, and matches none."""
    seen = form.get("version", "")
    return IfMatch(f'"{seen}"' if seen.isdecimal() else "")


def _typed(form: Form) -> dict[str, Any]:
    return {name: form.get(name) or None if name == "description" else form.get(name, "") for name in FIELDS}


def _form(request: Request, values: Any, *, status: int = 200, error: str = "", **more: Any) -> Any:
    """The form, with what was typed and what is wrong with it."""
    errors = more.pop("errors", {})
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    heading = "Add an item" if path == f"{LIST}/new" else "Change an item"
    error = error or ("Please mend what is marked." if errors else "")
    return site.page(
        request, "item.html", status=422 if errors else status, values=values, errors=errors, error=error,
        heading=heading, is_changed=more.get("is_changed", False),
    )  # fmt: skip
