"""Items in and out as CSV: over real HTTP, with a real worker."""

import csv
import http.client
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portico.kernel.files import LARGEST
from portico.kernel.jobs import enqueue
from tests.commands import eventually
from tests.contract.stall import Account, Stall, item, open_stall, problem
from tests.contract.transfers import BAD, HEADER, csv_file, ended, flaws, send, working
from tests.databases import Databases
from tests.kernel.job_worker import in_transaction

SOON = 60.0  # seconds, on a busy machine


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def stall(databases: Databases, worker_id: str, files: Path) -> Iterator[Stall]:
    """Items in private mode, with a worker beside the server."""
    with (
        open_stall(databases, worker_id, "private", files_url=f"file://{files}") as stall,
        working(stall.url, files),
    ):
        yield stall


@pytest.fixture
def owner(stall: Stall) -> Account:
    return stall.account()


def test_5000_rows_become_items_and_50_bad_ones_are_named_by_line(stall: Stall, owner: Account) -> None:
    made = csv_file(5000, 50)
    job = ended(owner.client, send(owner.client, made.content), within=SOON)
    assert (job["status"], job["progress"]) == ("succeeded", {"done": 5000, "total": 5000})
    assert flaws(owner.client, job["id"]) == made.flaws
    report = owner.client.get(f"/items/imports/{job['id']}").json()
    assert report == {"job_id": job["id"], "status": "succeeded", "imported": 4950, "rejected": 50, "error": None}
    query = "SELECT count(*), count(DISTINCT name), sum(price) FROM items.items WHERE owner_id = %s"
    with psycopg.connect(stall.url) as connection:
        count, names, total = connection.execute(query, [owner.user_id]).fetchone() or (0, 0, 0)
        (kept,) = connection.execute("SELECT count(*) FROM portico.files WHERE state = 'kept'").fetchone() or (1,)
    rejected = {line - 2 for line, _, _ in made.flaws}
    assert (count, names) == (4950, 4950)
    assert float(total) == sum(row % 1000 + 1.5 for row in range(5000) if row not in rejected)
    assert kept == 0, "the file was not removed"


def test_a_form_is_taken_too_and_once_with_a_key(stall: Stall, owner: Account) -> None:
    form = {"file": ("lamps.csv", csv_file(3, 0).content, "text/csv")}
    first, second = (
        owner.client.post("/items/import", files=form, headers={"Idempotency-Key": "once"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    ended(owner.client, first.headers["location"], within=SOON)
    assert _owned(stall, owner) == 3


def test_what_is_exported_is_safe_in_a_spreadsheet_and_is_imported_as_it_was(stall: Stall, owner: Account) -> None:
    names = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tTab",
        "\rReturn",
        "'=quoted",
        "'plain",
        'He said "no", twice',
        "Ünïcode",
    ]
    for name in names:
        item(owner.client, name=name, description="=cmd()", price="12345678.90", quantity=2)
    item(owner.client, name="bare")
    exported = owner.client.get("/items/export")
    assert exported.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(exported.text, newline="")))
    total = int(owner.client.get("/items").headers["x-total-count"])
    assert len(rows) == total
    ids = [int(row["id"]) for row in rows]
    assert ids == sorted(set(ids))
    for row in rows:
        for cell in row.values():
            assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), row
    assert [row["price"] for row in rows if row["name"] == "'=1+1"] == ["12345678.90"]

    again = stall.account()
    job = ended(again.client, send(again.client, exported.content), within=SOON)
    assert (job["status"], _owned(stall, again)) == ("succeeded", total)
    same = """
        SELECT name, description, price, quantity FROM items.items WHERE owner_id IS DISTINCT FROM %(new)s
        EXCEPT ALL SELECT name, description, price, quantity FROM items.items WHERE owner_id = %(new)s"""
    with psycopg.connect(stall.url) as connection:
        assert connection.execute(same, {"new": again.user_id}).fetchall() == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"name,colour\r\nLamp,red\r\n", "first line must name columns"),
        (b"name,name,price\r\n", "first line must name columns"),
        ("name,price\r\nLämp,1\r\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_file_that_is_none_fails_as_a_whole(content: bytes, why: str, owner: Account) -> None:
    job = ended(owner.client, send(owner.client, content), within=SOON)
    assert (job["status"], job["attempts"]) == ("failed", 1)
    assert why in job["error"]


def test_rows_are_rejected_one_by_one(stall: Stall, owner: Account) -> None:
    """Lines are those of the file, also where a cell goes over several; a broken row spoils no other."""
    rows = [
        'One,"two\r\nlines",1,1', "", 'Tw"o,"a" b,1,1', "Three,,1,", "NUL\x00,,1,1", f"{'x' * 101},{'y' * 501},1,1",
        "Four,fine,1e1,3", "Five,,9.999,1",
    ]  # fmt: skip
    job = ended(owner.client, send(owner.client, (HEADER + "\r\n".join(rows)).encode()), within=SOON)
    assert job["progress"] == {"done": 7, "total": 7}
    assert flaws(owner.client, job["id"]) == [
        (5, "", "is no CSV: ',' expected after '\"'"),
        (7, "name", "NUL characters are not accepted"),
        (8, "description", "String should have at most 500 characters"),
        (8, "name", "String should have at most 100 characters"),
        (10, "price", "Decimal input should have no more than 2 decimal places"),
    ]
    with psycopg.connect(stall.url) as connection:
        found = connection.execute(
            "SELECT name, description, price::int, quantity FROM items.items WHERE owner_id = %s ORDER BY id",
            [owner.user_id],
        ).fetchall()
    assert found == [("One", "two\r\nlines", 1, 1), ("Three", None, 1, 0), ("Four", "fine", 10, 3)]


def test_a_million_flaws_are_not_all_reported(owner: Account) -> None:
    content = (HEADER + f"{BAD[1][0]}\r\n" * 2500).encode()
    job = ended(owner.client, send(owner.client, content), within=SOON)
    report = owner.client.get(f"/items/imports/{job['id']}").json()
    assert (report["imported"], report["rejected"]) == (0, 2500)
    assert [line for line, _, _ in flaws(owner.client, job["id"])] == list(range(2, 1002))


def test_imports_of_others_are_not_there(stall: Stall, owner: Account) -> None:
    path = send(owner.client, csv_file(1, 0).content)
    stranger = stall.account().client
    job_id = path.rpartition("/")[2]
    for hidden in (path, f"/items/imports/{job_id}", f"/items/imports/{job_id}/errors"):
        problem(stranger.get(hidden), 404, "NOT_FOUND")
    problem(stall.nobody.post("/items/import", content=b"name,price"), 401, "UNAUTHORIZED")


def test_an_import_that_runs_again_after_its_end_does_nothing(stall: Stall, owner: Account) -> None:
    """Its worker may be killed when all is done and nobody has been told yet."""
    path = send(owner.client, csv_file(3, 1).content)
    first = ended(owner.client, path, within=SOON)
    again = "UPDATE portico_queue.procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE id = %s"
    with psycopg.connect(stall.url) as connection:
        assert connection.execute(again, [first["id"]]).rowcount == 1
    eventually(lambda: owner.client.get(path).json()["attempts"] == 2, within=SOON)
    second = ended(owner.client, path, within=SOON)
    assert (second["status"], second["error"], _owned(stall, owner)) == ("succeeded", None, 2)
    told = [each["topic"] for each in owner.client.get("/notifications").json()["notifications"]]
    assert len(told) == 1, told


def test_an_import_ends_when_its_user_is_removed(stall: Stall, owner: Account) -> None:
    path = send(owner.client, csv_file(60_000, 0, name="Orphan").content)
    job_id = int(path.rpartition("/")[2])
    eventually(lambda: (owner.client.get(path).json()["progress"] or {"done": 0})["done"] > 0, within=SOON)
    assert stall.account(is_admin=True).client.delete(f"/users/{owner.user_id}").status_code == 204
    look = """
        SELECT queued.status::text, job.error, job.failures,
            (SELECT array_agg(state) FROM portico.files WHERE owner = %(owner)s)
        FROM portico_queue.procrastinate_jobs AS queued JOIN portico.jobs AS job USING (id)
        WHERE id = %(id)s AND status NOT IN ('todo', 'doing')"""
    params = {"id": job_id, "owner": f"imports of user {owner.user_id}"}
    with psycopg.connect(stall.url, autocommit=True) as connection:
        found = eventually(lambda: connection.execute(look, params).fetchall(), within=SOON)
        added = connection.execute("SELECT count(*) FROM items.items WHERE name LIKE 'Orphan %'").fetchone() or (0,)
    # Cancelled, and no dead letter; whole batches stay, as the other items of a user do.
    assert found == [("aborted", "The user whose import this is was removed.", 0, ["gone"])]
    assert 0 < added[0] < 60_000
    assert added[0] % 1000 == 0


def test_what_an_import_has_left_behind_goes_with_its_job(stall: Stall, owner: Account) -> None:
    job = ended(owner.client, send(owner.client, b"no columns"), within=SOON)
    look = """
        SELECT state, (SELECT count(*) FROM items.imports AS import WHERE import.file_id = files.id)
        FROM portico.files WHERE owner = %s"""
    with psycopg.connect(stall.url, autocommit=True) as connection:

        def kept() -> list[Any]:
            return connection.execute(look, [f"imports of user {owner.user_id}"]).fetchall()

        def sweep() -> None:
            job_id = in_transaction(stall.url, lambda write: enqueue(write, "items.sweep_imports"))
            done = "SELECT FROM portico_queue.procrastinate_jobs WHERE id = %s AND status = 'succeeded'"
            eventually(lambda: connection.execute(done, [job_id]).rowcount, within=SOON)

        sweep()
        assert owner.client.get(f"/items/imports/{job['id']}").json()["status"] == "failed"
        assert kept() == [("kept", 1)]
        connection.execute("DELETE FROM portico.jobs WHERE id = %s", [job["id"]])
        sweep()
        assert kept() == [("gone", 0)]


def test_nothing_is_no_file(owner: Account) -> None:
    problem(owner.client.post("/items/import"), 422, "VALIDATION_ERROR")


def test_a_file_of_more_than_50_mib_is_refused_before_it_is_sent(owner: Account) -> None:
    url = owner.client.base_url
    connection = http.client.HTTPConnection(url.host, url.port or 80, timeout=20)
    headers = {"Authorization": owner.client.headers["authorization"], "Content-Length": str(LARGEST + 1024 * 1024)}
    connection.request("POST", "/items/import", headers=headers)
    assert connection.getresponse().status == 413
    connection.close()


def _owned(stall: Stall, owner: Account) -> int:
    with psycopg.connect(stall.url) as connection:
        query = "SELECT count(*) FROM items.items WHERE owner_id = %s"
        (count,) = connection.execute(query, [owner.user_id]).fetchone() or (0,)
    return int(count)
