"""The sample data of items: twice is once, and real users never meet it."""

import psycopg
import pytest

from portico.identity.passwords import verify_now
from portico.kernel.errors import Conflict
from tests.servers import seed

NAMES = "SELECT id, name FROM items.items ORDER BY id"


def test_seeded_twice_there_is_each_once_and_own_data_stays(database_url: str) -> None:
    seed("items", database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO items.items (name, price) VALUES ('Mine', 1)")
        connection.execute("DELETE FROM items.items WHERE name = 'Sample Item'")
        assert seed("items", database_url).counts == {"items": 3, "users": 1}
        names = [name for _, name in connection.execute(NAMES)]
        assert names == ["Premium Item", "Mine", "Sample Item"]
        assert seed("items", database_url, flush=True).counts == {"items": 2, "users": 1}
        assert connection.execute(NAMES).fetchall() == [(1, "Sample Item"), (2, "Premium Item")]


def test_real_users_get_an_administrator_and_no_sample_account(database_url: str) -> None:
    summary = seed("items", database_url, demonstration=False)
    assert summary.counts == {"items": 0, "users": 1}
    (note,) = summary.notes
    password = note.split("password ")[1].split()[0]
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT username, pwd_hash, is_admin FROM items.users").fetchall()
    ((username, pwd_hash, is_admin),) = found
    assert (username, is_admin) == ("admin", True)
    assert verify_now(password, pwd_hash)
    assert seed("items", database_url, demonstration=False).notes == ["There is an administrator already: admin."]


def test_an_administrators_name_that_is_taken_is_not_taken_over(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO items.users (email, username) VALUES ('a@example.com', 'Admin')")
    with pytest.raises(Conflict, match="portico users create"):
        seed("items", database_url, demonstration=False)
