"""The people of the audit app's world at a browser: what they read on pages, and where their forms lead."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.apps.audit.world import Person, World
from tests.contract.browsing import Visitor, assert_page
from tests.contract.shop import PASSWORD

FILE = {"file": ("statement.txt", b"All is well.", "text/plain")}


@contextmanager
def browsing(world: World, person: Person) -> Iterator[Visitor]:
    with Visitor(world.nobody.base_url) as visitor:
        visitor.sign_in(person.email, PASSWORD)
        yield visitor


def read(visitor: Visitor, path: str) -> str:
    """The text of a page, without its markup."""
    page = visitor.open(path)
    assert_page(page, 200)
    main = page.text.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def went(answer: httpx.Response) -> str:
    """Where a form that was taken leads, with what it says then."""
    assert answer.status_code == 303, answer.text
    location: str = answer.headers["location"]
    assert "sign-in" not in location
    return location


def number_in(place: str) -> int:
    """Of what a page is about that a form led to."""
    found = re.search(r"/(\d+)(?:\?|$)", place)
    assert found, place
    return int(found[1])


def uploaded(visitor: Visitor, path: str, **changes: Any) -> httpx.Response:
    """Send a form with a file; `csrf`, `origin`, `files` and `title` may be others."""
    title = changes.get("title", "The statement")
    data = {"csrf": changes.get("csrf") or visitor.token(), **({} if title is None else {"title": title})}
    headers = {"Origin": changes.get("origin", visitor.origin)}
    return visitor.client.post(path, data=data, files=changes.get("files", FILE), headers=headers)
