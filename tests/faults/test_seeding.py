"""The store is filled anew while it is served."""

import json
from pathlib import Path

import pytest

from portico.apps.store.seeding.dataset import BUILT_IN
from tests.faults.load import under_load
from tests.faults.running import Portico

pytestmark = pytest.mark.heavy
USERS = 3
COUNTS = """
    SELECT (SELECT count(*) FROM store.products), (SELECT count(*) FROM store.categories),
        (SELECT count(*) FROM store.users), (SELECT count(*) FROM store.carts),
        (SELECT count(*) FROM store.cart_items)"""


def test_seeding_under_load_is_all_or_nothing(portico: Portico, tmp_path: Path) -> None:
    titles, counts = write_data_set(tmp_path)
    with under_load(portico, clients=2, logins=1) as load:
        for _ in range(2):
            done = portico.run("seed", "store", "--flush", "--from", str(tmp_path), "--json")
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["counts"] == {
                "products": counts[0], "categories": counts[1], "users": counts[2], "carts": counts[3],
            }  # fmt: skip
            load.wait_for_answers()
    assert load.cuts == []
    # Sessions have gone with their users, and so has whoever was just logging in: only those may be told so.
    assert load.statuses() <= {200, 201, 401, 503}
    assert not [one.call for one in load.answers if one.status == 401 and one.call.method == "GET"]
    assert portico.query(COUNTS) == [counts]
    assert sorted(portico.titles()) == sorted(titles)
    made = portico.call("POST", "/api/products/", {"title": "The next", "price": 1}, token=portico.sign_in())
    assert (made[0], made[1]["id"]) == (201, len(titles) + 1)


def write_data_set(folder: Path) -> tuple[list[str], tuple[int, ...]]:
    """The built-in one with other titles and few users, who take long; answers the titles and how many rows it has."""
    found = {name: json.loads((BUILT_IN / f"{name}.json").read_text()) for name in ("products", "users", "carts")}
    for product in found["products"]:
        product["title"] = f"Another {product['title']}"
    found["users"] = [user for user in found["users"] if user["id"] <= USERS]
    found["carts"] = [cart for cart in found["carts"] if cart["userId"] <= USERS]
    for name, records in found.items():
        (folder / f"{name}.json").write_text(json.dumps(records))
    lines = {(cart["id"], line["productId"]) for cart in found["carts"] for line in cart["products"]}
    categories = {product["category"] for product in found["products"]}
    counts = (len(found["products"]), len(categories), len(found["users"]), len(found["carts"]), len(lines))
    return [product["title"] for product in found["products"]], counts
