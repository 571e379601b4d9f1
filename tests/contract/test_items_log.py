"""The event log of items: what was done to an item, by whom and from where, for administrators."""

from typing import Any

import psycopg

from tests.contract.stall import Stall, item, problem


def seal(stall: Stall) -> None:
    """As the job worker does it all the time."""
    with psycopg.connect(stall.url, autocommit=True) as connection:
        connection.execute("SET ROLE portico_app")
        connection.execute("SELECT portico.seal_events()")


def events(stall: Stall, **params: Any) -> list[dict[str, Any]]:
    found = stall.account(is_admin=True).client.get("/log", params=params)
    assert found.status_code == 200, found.text
    listed: list[dict[str, Any]] = found.json()["events"]
    return listed


def test_every_edit_of_an_item_is_logged_with_who_and_from_where(private_stall: Stall) -> None:
    owner = private_stall.account()
    made = item(owner.client, price=10)
    path = f"/items/{made['id']}"
    assert owner.client.put(path, json={"price": 12.5}).status_code == 200
    assert private_stall.account().client.put(path, json={"price": 1}).status_code == 403
    assert owner.client.put(path, json={"price": 0}).status_code == 422
    assert private_stall.account(is_admin=True).client.delete(path).status_code == 204
    deleted, changed, created = events(private_stall, object=f"item:{made['id']}")
    assert [each["action"] for each in (created, changed, deleted)] == ["item.created", "item.changed", "item.deleted"]
    assert {(each["actor"], each["actor_name"], each["address"]) for each in (created, changed)} == {
        (str(owner.user_id), owner.name, "127.0.0.1")
    }
    assert deleted["actor"] != created["actor"]
    assert changed["details"] == {"price": ["10.00", "12.5"]}
    assert created["at"] < changed["at"] < deleted["at"]


def test_the_log_survives_who_it_tells_of(private_stall: Stall) -> None:
    owner = private_stall.account()
    made = item(owner.client)
    assert owner.client.delete(f"/users/{owner.user_id}").status_code == 204
    (created,) = events(private_stall, object=f"item:{made['id']}")
    assert (created["actor"], created["actor_name"]) == (str(owner.user_id), owner.name)


def test_an_item_and_a_retried_request_make_one_event(stall: Stall) -> None:
    key = {"Idempotency-Key": "logged once"}
    answers = [stall.nobody.post("/items", json={"name": "Lamp", "price": 1}, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    (created,) = events(stall, object=f"item:{answers[0].json()['id']}")
    assert (created["actor"], created["actor_name"], created["address"]) == ("", "", "127.0.0.1")


def test_the_log_is_paged_from_the_newest(stall: Stall) -> None:
    made = item(stall.nobody, quantity=9)
    path = f"/items/{made['id']}"
    for quantity in range(1, 5):
        stall.nobody.put(path, json={"quantity": quantity})
    admin = stall.account(is_admin=True).client
    seen: list[Any] = []
    params: dict[str, Any] = {"object": f"item:{made['id']}", "limit": 2}
    while True:
        page = admin.get("/log", params=params).json()
        seen += [each["details"]["quantity"] for each in page["events"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == [[3, 4], [2, 3], [1, 2], [9, 1], 9]
    problem(admin.get("/log", params={"cursor": "bad"}), 422, "VALIDATION_ERROR")


def test_the_chain_is_verified_and_its_head_exported(private_stall: Stall) -> None:
    admin = private_stall.account(is_admin=True).client
    made = item(admin)
    assert admin.get("/log/verify").json()["unsealed"] >= 1
    seal(private_stall)
    head = admin.get("/log/head").json()
    assert head["seq"] >= 1
    given = {"head_seq": head["seq"], "head_hash": head["hash"]}
    found = admin.get("/log/verify", params=given).json()
    assert found == {
        "ok": True, "fault": None, "verified": head["seq"], "sealed": head["seq"], "unsealed": 0, "next_after": None,
    }  # fmt: skip
    problem(admin.get("/log/verify", params={"head_seq": 3}), 422, "VALIDATION_ERROR")
    with psycopg.connect(private_stall.url) as owner:
        owner.execute("UPDATE portico.event_log SET actor_name = 'nobody' WHERE object = %s", [f"item:{made['id']}"])
    fault = admin.get("/log/verify", params=given).json()
    assert fault["ok"] is False
    assert fault["fault"]["event_id"] == head["event_id"]
    with psycopg.connect(private_stall.url) as owner:  # other tests share the database
        owner.execute("DELETE FROM portico.event_seals")
        owner.execute("DELETE FROM portico.event_log")
