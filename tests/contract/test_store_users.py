"""The users of the store and their addresses."""

from typing import Any

import pytest

from tests.contract.shop import (
    NO_IDS,
    OWNER_ID,
    PASSWORD,
    STRANGER_ID,
    UNKNOWN,
    Shop,
    invalid,
    log_in,
    made,
    missing,
    refusal,
    unique,
)

ADDRESS = {
    "street": "Old Row", "number": 7, "city": "Bergen", "zipcode": "5003",
    "geolocation": {"lat": "60.39", "long": "-5.3"},
}  # fmt: skip
EMPTY = {"street": "", "number": 0, "city": "", "zipcode": "", "geolocation": {"lat": "", "long": ""}}


def body(**values: Any) -> dict[str, Any]:
    name = unique("person")
    return {"username": name, "email": f"{name}@example.com", "password": PASSWORD, **values}


def without_ids(addresses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in address.items() if name != "id"} for address in addresses]


def test_a_user_in_the_shape_of_the_contract(shop: Shop) -> None:
    assert shop.nobody.get("/api/users/1/").json() == {
        "id": 1,
        "email": "johan.dahl@example.com",
        "username": "johnd",
        "phone": "1-202-555-0101",
        "name": {"firstname": "johan", "lastname": "dahl"},
        "addresses": [
            {
                "id": 1, "street": "Linden Quay", "number": 14, "city": "Copenhagen", "zipcode": "1208-0014",
                "geolocation": {"lat": "55.6761", "long": "12.5683"},
            }
        ],
    }  # fmt: skip


def test_users_are_an_array(shop: Shop) -> None:
    found = shop.nobody.get("/api/users/").json()
    assert [user["id"] for user in found][:10] == list(range(1, 11))
    assert found[1] == shop.nobody.get("/api/users/2/").json()


def test_passwords_never_leave(shop: Shop) -> None:
    user = made(shop.staff.post("/api/users/", json=body()))
    path = f"/api/users/{user['id']}/"
    answers = [
        shop.staff.get("/api/users/"), shop.staff.get(path), shop.staff.patch(path, json={"password": "another one 7"}),
        shop.staff.put(path, json={"username": user["username"], "email": user["email"], "password": "another one 8"}),
        shop.staff.get("/api/auth/me"), shop.nobody.get("/fakestoreapi/users"), shop.nobody.get("/api/carts"),
        shop.staff.post("/api/users/", json=body(colour=1)),
    ]  # fmt: skip
    for found in answers:
        for canary in ("password", "pwd", "$2b$", PASSWORD, "another one", "m38rmF$", "83r5^_"):
            assert canary not in found.text


@pytest.mark.parametrize("user_id", NO_IDS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_id_of_no_user_is_not_found(shop: Shop, method: str, user_id: str) -> None:
    sent = body() if method == "PUT" else {} if method == "PATCH" else None
    is_id = user_id.isdigit() and int(user_id) < 2**63
    error = missing(
        shop.staff.request(method, f"/api/users/{user_id}/", json=sent), "User not found" if is_id else "Not found"
    )
    if is_id:
        assert error["details"] == {"id": user_id}


@pytest.mark.parametrize("given", [{"address": ADDRESS}, {"addresses": [ADDRESS]}])
def test_a_user_is_made_with_one_address_or_a_list(shop: Shop, given: dict[str, Any]) -> None:
    sent = body(name={"firstname": "Nora", "lastname": "Dahl"}, phone="555", id=1, **given)
    user = made(shop.staff.post("/api/users/", json=sent))
    assert without_ids(user["addresses"]) == [ADDRESS]
    del user["addresses"]
    assert user == {
        "id": user["id"], "email": sent["email"], "username": sent["username"], "phone": "555",
        "name": {"firstname": "Nora", "lastname": "Dahl"},
    }  # fmt: skip
    assert user["id"] > 10
    log_in(shop.nobody, sent["username"], PASSWORD)


def test_what_is_absent_is_empty(shop: Shop) -> None:
    user = made(shop.staff.post("/api/users/", json=body(addresses=[{}, {"geolocation": {"lat": 1.5}}])))
    assert (user["phone"], user["name"]) == ("", {"firstname": "", "lastname": ""})
    assert without_ids(user["addresses"]) == [EMPTY, {**EMPTY, "geolocation": {"lat": "1.5", "long": ""}}]


def test_put_replaces_and_patch_changes_some(shop: Shop) -> None:
    user = made(shop.staff.post("/api/users/", json=body(name={"firstname": "A", "lastname": "B"}, address=ADDRESS)))
    path = f"/api/users/{user['id']}/"
    patched = shop.owner.patch(path, json={"phone": "7", "name": {"lastname": "C"}})
    assert patched.status_code == 200
    assert patched.json() == {**user, "phone": "7", "name": {"firstname": "A", "lastname": "C"}}
    moved = shop.owner.patch(path, json={"addresses": [{"city": "Oslo"}, {"city": "Rome"}]}).json()
    assert [address["city"] for address in moved["addresses"]] == ["Oslo", "Rome"]
    replaced = shop.owner.put(path, json={"username": user["username"], "email": user["email"], "phone": "8"})
    assert replaced.status_code == 200
    assert replaced.json() == {**user, "phone": "8", "name": {"firstname": "", "lastname": ""}, "addresses": []}
    log_in(shop.nobody, user["username"], PASSWORD)


def test_a_new_password_ends_the_sessions(shop: Shop) -> None:
    user = made(shop.staff.post("/api/users/", json=body()))
    for method, sent in (
        ("PATCH", {"password": "a second password"}),
        ("PUT", {"username": user["username"], "email": user["email"], "password": PASSWORD}),
    ):
        before = PASSWORD if method == "PATCH" else "a second password"
        session = shop.signed_in(user["username"], before)
        assert session.request(method, f"/api/users/{user['id']}", json=sent).status_code == 200
        refusal(session.get("/api/auth/me"), 401, "UNAUTHORIZED")
        old = {"username": user["username"], "password": before}
        refusal(shop.nobody.post("/api/auth/login", json=old), 401, "UNAUTHORIZED")
        log_in(shop.nobody, user["username"], sent["password"])


def test_nobody_sets_somebody_elses_password(shop: Shop) -> None:
    user = made(shop.staff.post("/api/users/", json=body()))
    path = f"/api/users/{user['id']}"
    whole = {"username": user["username"], "email": user["email"], "password": "taken over 1", "phone": "1"}
    refusal(shop.owner.patch(path, json={"password": "taken over 1", "phone": "1"}), 403, "FORBIDDEN")
    refusal(shop.owner.put(path, json=whole), 403, "FORBIDDEN")
    assert shop.nobody.get(path).json() == user
    assert shop.staff.patch(path, json={"password": "set by staff"}).status_code == 200
    log_in(shop.nobody, user["username"], "set by staff")


def test_names_are_taken_once(shop: Shop) -> None:
    user = made(shop.staff.post("/api/users/", json=body()))
    path = f"/api/users/{user['id']}"
    same = {"username": user["username"], "email": user["email"]}
    for field, value, message in (
        ("username", "MOR_2314", "Username already exists"),
        ("email", "Moira.Lindqvist@example.com", "Email already exists"),
    ):
        for found in (
            shop.staff.post("/api/users/", json=body(**{field: value})),
            shop.staff.put(path, json={**same, field: value}),
            shop.staff.patch(path, json={field: value}),
        ):
            error = invalid(found)
            assert (error["message"], error["details"]) == (message, {field: value})
    assert shop.staff.put(path, json=same).json() == user, "one may keep one's own"
    assert shop.staff.patch(path, json={"username": user["username"].upper()}).status_code == 200


def test_missing_and_unknown_fields_are_named(shop: Shop) -> None:
    assert invalid(shop.staff.post("/api/users/", json={}))["details"] == {"missing": ["username", "email", "password"]}
    assert invalid(shop.staff.put("/api/users/3", json={}))["details"] == {"missing": ["username", "email"]}
    for field in ("is_staff", "is_superuser", "is_active", "pwd_hash", "firstname", "version"):
        invalid(shop.owner.patch(f"/api/users/{OWNER_ID}", json={field: True}), field)
    invalid(shop.staff.post("/api/users/", json=body(address={"planet": "Mars"})), "address.planet")
    invalid(shop.staff.post("/api/users/", json=body(name={"middle": "X"})), "name.middle")
    invalid(shop.staff.post("/api/users/", json=body(address={"geolocation": {"alt": 1}})), "address.geolocation.alt")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""), ("username", "a b"), ("username", None), ("email", "none"), ("email", None), ("phone", None),
        ("phone", "1" * 51), ("phone", 5), ("name", None), ("name", "Nora"), ("name", []), ("addresses", {}),
        ("addresses", "Oslo"), ("addresses", [{}] * 21), ("address", []), ("address", "Oslo"), ("password", None),
        ("password", "x" * 129), ("password", "short"), ("password", "password123"),
    ],
)  # fmt: skip
def test_a_field_of_the_wrong_kind_is_named(shop: Shop, field: str, value: Any) -> None:
    user = shop.user()
    for method, path in (("POST", ""), ("PUT", f"/{user['id']}"), ("PATCH", f"/{user['id']}")):
        sent = {field: value} if method == "PATCH" else body(**{field: value})
        invalid(shop.staff.request(method, f"/api/users{path}", json=sent), field)
    assert shop.nobody.get(f"/api/users/{user['id']}").json() == user


def test_address_or_addresses_but_not_both(shop: Shop) -> None:
    both = {"address": ADDRESS, "addresses": [ADDRESS]}
    for method, path, sent in (("POST", "", body(**both)), ("PUT", "/3", body(**both)), ("PATCH", "/3", both)):
        error = invalid(shop.staff.request(method, f"/api/users{path}", json=sent))
        assert "not both" in str(error["details"])


def test_a_deleted_user_is_gone(shop: Shop) -> None:
    user = shop.user()
    path = f"/api/users/{user['id']}/"
    gone = shop.owner.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    missing(shop.owner.delete(path), "User not found")
    made(shop.nobody.post("/api/auth/register", json={**body(), "username": user["username"], "email": user["email"]}))


# Addresses


@pytest.fixture
def resident(shop: Shop) -> Any:
    """A client of a new user, without addresses."""
    return shop.account().client


PATH = "/api/users/me/addresses/"


def test_the_life_of_an_address(resident: Any) -> None:
    assert resident.get(PATH).json() == []
    address = made(resident.post(PATH, json={**ADDRESS, "id": 1}))
    assert address == {**ADDRESS, "id": address["id"]}
    own = f"{PATH}{address['id']}/"
    assert resident.get(own).json() == address
    patched = resident.patch(own, json={"number": 8, "geolocation": {"lat": "1"}})
    assert patched.status_code == 200
    assert patched.json() == {**address, "number": 8, "geolocation": {"lat": "1", "long": "-5.3"}}
    put = resident.put(own, json={"city": "Oslo"})
    assert put.status_code == 200
    assert put.json() == {**EMPTY, "id": address["id"], "city": "Oslo"}
    assert resident.get(PATH).json() == [put.json()]
    gone = resident.delete(own)
    assert (gone.status_code, gone.content) == (204, b"")
    missing(resident.get(own), "Address not found")


def test_an_address_shows_on_its_user(shop: Shop, resident: Any) -> None:
    user = f"/api/users/{resident.get('/api/auth/me').json()['id']}"
    tags = [shop.nobody.get(user).headers["etag"]]
    address = made(resident.post(PATH, json=ADDRESS))
    own = f"{PATH}{address['id']}"
    assert shop.nobody.get(user).json()["addresses"] == [address]
    for method, sent in (("PATCH", {"number": 9}), ("PUT", ADDRESS), ("DELETE", None)):
        tags.append(shop.nobody.get(user).headers["etag"])
        resident.request(method, own, json=sent)
    tags.append(shop.nobody.get(user).headers["etag"])
    assert len(set(tags)) == 5, "the addresses are part of the user"
    refusal(shop.staff.patch(user, json={"addresses": []}, headers={"If-Match": tags[0]}), 412, "PRECONDITION_FAILED")


def test_somebody_elses_address_is_none(shop: Shop, resident: Any) -> None:
    theirs = shop.nobody.get(f"/api/users/{STRANGER_ID}").json()["addresses"][0]
    for client in (resident, shop.staff):
        for method, sent in (("GET", None), ("PUT", ADDRESS), ("PATCH", {}), ("DELETE", None)):
            error = missing(client.request(method, f"{PATH}{theirs['id']}", json=sent), "Address not found")
            assert error["details"] == {"id": str(theirs["id"])}
    assert shop.nobody.get(f"/api/users/{STRANGER_ID}").json()["addresses"] == [theirs]


@pytest.mark.parametrize("address_id", NO_IDS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_id_of_no_address_is_not_found(shop: Shop, method: str, address_id: str) -> None:
    sent = {} if method in ("PUT", "PATCH") else None
    is_id = address_id.isdigit() and int(address_id) < 2**63
    missing(shop.owner.request(method, f"{PATH}{address_id}", json=sent), "Address not found" if is_id else "Not found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("street", None), ("street", "x" * 201), ("city", 1), ("zipcode", 5003), ("number", -1), ("number", 2**31),
        ("number", 1.5), ("number", True), ("number", None), ("number", "x"), ("geolocation", None), ("geolocation", 1),
    ],
)  # fmt: skip
def test_a_field_of_an_address_of_the_wrong_kind(shop: Shop, field: str, value: Any) -> None:
    own = shop.owner.get(PATH).json()[0]["id"]
    for method, path in (("POST", PATH), ("PUT", f"{PATH}{own}"), ("PATCH", f"{PATH}{own}")):
        invalid(shop.owner.request(method, path, json={field: value}), field)


@pytest.mark.parametrize("degrees", ["north", "1e5", "1,5", "1.", True, None, [], "1234", 1234, "²", "1" * 5000])
def test_degrees_that_are_none(resident: Any, degrees: Any) -> None:
    for name in ("lat", "long"):
        invalid(resident.post(PATH, json={"geolocation": {name: degrees}}), f"geolocation.{name}")


def test_at_most_twenty_addresses(resident: Any) -> None:
    for _ in range(20):
        made(resident.post(PATH, json={}))
    error = refusal(resident.post(PATH, json={}), 409, "CONFLICT")
    assert error["message"] == "A user has at most 20 addresses"
    resident.delete(f"{PATH}{resident.get(PATH).json()[0]['id']}")
    made(resident.post(PATH, json={}))


# Private mode


def test_in_private_mode_users_see_themselves(private_shop: Shop) -> None:
    shop = private_shop
    assert [user["id"] for user in shop.owner.get("/api/users/").json()] == [OWNER_ID]
    assert [user["id"] for user in shop.staff.get("/api/users/").json()] == list(range(1, 11))
    for user_id in (STRANGER_ID, UNKNOWN):
        error = missing(shop.owner.get(f"/api/users/{user_id}/"), "User not found")
        assert error["details"] == {"id": str(user_id)}
    refusal(shop.nobody.get("/api/users/"), 401, "UNAUTHORIZED")
