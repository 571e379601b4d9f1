"""The list of sessions: where one is signed in, and how to end what one does not know."""

from typing import Any

import httpx
import pytest

from tests.contract.shop import PASSWORD, Shop
from tests.contract.shop import log_in as log_in_to_shop
from tests.contract.stall import Stall, log_in


@pytest.fixture(params=["store", "items"])
def account(request: pytest.FixtureRequest) -> tuple[httpx.Client, dict[str, Any], str]:
    """A client that has signed in, the tokens of another session of the same user, and where sessions are listed."""
    if request.param == "store":
        shop: Shop = request.getfixturevalue("shop")
        made = shop.account()
        return made.client, log_in_to_shop(shop.nobody, made.name, PASSWORD), "/api/auth/sessions"
    stall: Stall = request.getfixturevalue("stall")
    one = stall.account()
    tokens = log_in(stall.nobody, one.email, PASSWORD)
    return one.client, {"access": tokens["access_token"], "refresh": tokens["refresh_token"]}, "/api/v1/auth/sessions"


def test_a_session_is_seen_and_ended(account: tuple[httpx.Client, dict[str, Any], str]) -> None:
    client, tokens, path = account
    other = {"Authorization": f"Bearer {tokens['access']}"}
    mine, theirs = (
        {row["current"]: row for row in client.get(path, headers=headers).json()} for headers in (None, other)
    )
    assert set(mine) == set(theirs) == {True, False}
    assert mine[True]["id"] == theirs[False]["id"]
    assert set(mine[True]) == {
        "id", "address", "user_agent", "created_at", "last_used_at", "expires_at", "current",
    }  # fmt: skip
    assert mine[True]["address"] == "127.0.0.1"
    assert mine[True]["user_agent"].startswith("python-httpx")
    ended = f"{path}/{mine[False]['id']}"
    assert client.delete(ended).status_code == 204
    assert client.get(path, headers=other).status_code == 401
    assert client.delete(ended).status_code == 404
    assert [row["current"] for row in client.get(path).json()] == [True]
    assert client.delete(f"{path}/{mine[True]['id']}").status_code == 204
    assert client.get(path).status_code == 401
