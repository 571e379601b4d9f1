"""Names of accounts: one form for what looks the same, and nothing that cannot be seen."""

import sys
from typing import Any
from unicodedata import category, normalize

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from portico.identity.account_fields import Email, Username, tidied
from tests.contract.shop import PASSWORD
from tests.contract.stall import Stall, open_stall
from tests.contract.stall import log_in as log_in_to_items
from tests.databases import Databases
from tests.races import log_in

username, email = TypeAdapter[str](Username), TypeAdapter[str](Email)

UNSEEN = {
    "zero width space": "an\u200bna", "zero width joiner": "an\u200dna", "byte order mark": "\ufeffanna",
    "right to left override": "anna\u202e", "isolate": "\u2066anna\u2069", "soft hyphen": "an\u00adna",
    "control": "an\x07na", "delete": "anna\x7f", "tag": "anna\U000e0041", "private": "anna\ue000",
    "unassigned": "anna\u0378", "surrogate": "anna\ud800", "variation": "anna\ufe0f", "joiner": "an\u034fna",
    "filler of Hangul": "\u3164", "halfwidth filler": "anna\uffa0", "blank of Braille": "\u2800",
    "a mark alone": "\u0301", "a mark at first": "\u0301anna", "nothing but marks": "\u0300\u0301\u0302",
    "fullwidth": "\uff41nna", "ligature": "\ufb01nn", "a blank within": "an\u00a0na",
    "an ideographic blank": "an\u3000na", "fullwidth at": "anna\uff20example.com",
}  # fmt: skip
GOOD = ("anna", "Änna", "李小龍", "мария", "αννα", "أحمد", "דוד", "नीता", "anna-2_x.y", "🙂", "o'neil")


@pytest.mark.parametrize("case", UNSEEN)
def test_what_cannot_be_seen_or_has_a_plainer_form_is_no_username(case: str) -> None:
    with pytest.raises(ValidationError):
        username.validate_python(UNSEEN[case])


@pytest.mark.parametrize("name", GOOD)
def test_names_of_all_scripts_are_taken_as_they_are(name: str) -> None:
    assert username.validate_python(name) == name


def test_blanks_around_it_and_the_way_an_accent_was_typed_make_no_other_name() -> None:
    for name in ("Zoë", "Zoe\u0308", "  Zoë\n", "\u00a0Zoë\u3000"):
        assert username.validate_python(name) == tidied(name) == "Zo\u00eb"
        assert email.validate_python(f" {name.strip()}@example.com ") == "Zo\u00eb@example.com"
    for wrong in ("an\u200bna@example.com", "anna@exam\u202eple.com"):
        with pytest.raises(ValidationError):
            email.validate_python(wrong)


@given(st.text(st.characters(max_codepoint=sys.maxunicode), max_size=12))
def test_whatever_is_taken_can_be_seen_and_is_in_one_form(text: str) -> None:
    try:
        name = username.validate_python(text)
    except ValidationError:
        return
    assert username.validate_python(name) == name == normalize("NFC", name) == normalize("NFKC", name)
    assert not {category(one)[0] for one in name} & {"C", "Z"}
    assert {category(one)[0] for one in name} - {"M"}, "there is something that carries the marks"


def test_the_store_registers_and_knows_again(store: httpx.Client) -> None:
    body = {"username": " Zoe\u0308 ", "email": "zoe@example.com", "password": PASSWORD}
    made = store.post("/api/auth/register", json=body)
    assert (made.status_code, made.json()["username"]) == (201, "Zo\u00eb")
    for name in ("Zo\u00eb", "ZOE\u0308", " zo\u00eb "):
        assert log_in(store, name, PASSWORD)["access"]
    again = store.post("/api/auth/register", json={**body, "username": "zo\u00eb", "email": "other@example.com"})
    assert (again.status_code, again.json()["error"]["message"]) == (400, "Username already exists")
    hidden = store.post("/api/auth/register", json={**body, "username": "Zo\u200b\u00eb", "email": "z@example.com"})
    assert hidden.status_code == 400
    assert "cannot be seen" in hidden.text


def test_items_does_so_too(databases: Databases, worker_id: str) -> None:
    with open_stall(databases, worker_id, "sandbox") as stall:
        _register_with_items(stall)


def _register_with_items(stall: Stall) -> None:
    body: dict[str, Any] = {"username": "Rene\u0301e", "email": "renee@example.com", "password": PASSWORD}
    made = stall.nobody.post("/users", json=body)
    assert (made.status_code, made.json()["username"]) == (201, "Ren\u00e9e")
    for name in ("Rene\u0301e", "ren\u00e9e ", "RENEE@example.com"):
        assert log_in_to_items(stall.nobody, name, PASSWORD)["access_token"]
    path = f"/users/{made.json()['id']}"
    found = stall.nobody.put(path, json={"username": "Ren\u202e\u00e9e"})
    assert (found.status_code, found.json()["errors"][0]["field"]) == (422, "username")
    assert stall.nobody.put(path, json={"username": "\u00e9\u00e8 "}).status_code == 422, "too short without the blank"
