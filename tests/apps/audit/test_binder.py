"""The binder: everything is in it, it verifies without the server, and every change is named."""

import ast
import hashlib
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.apps.audit.binders import Change, binder, events, sign_anew, verified, write_events
from tests.apps.audit.everything import fill, past_rules, place_of
from tests.apps.audit.vault import alter, filed, path_of
from tests.apps.audit.world import World

CONTENT = b"Paid to the order of the bearer: 4711 euros.\n" * 400
LOG = "log/events.jsonl"


@pytest.fixture(scope="module")
def packed(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The binder of an engagement with a row of everything, two documents, and one in two versions."""
    first = filed(shared_world, CONTENT, name="Überweisung 1/2025 ../x.txt", title="Payment order")
    filed(shared_world, CONTENT + b"more", name="order.txt", evidence=first["evidence_id"])
    filed(shared_world, b"%PDF-1.7 and so on", name="statement.pdf")
    made_of = {"number": first["id"], "mark": "<i>base</i>", "but": ("evidence", "evidence_versions")}
    fill(shared_world.url, place_of(shared_world), **made_of)
    freeze(shared_world, first["id"], first["sha256"])
    return binder(shared_world, tmp_path_factory.mktemp("binder"))


def freeze(world: World, population: int, evidence: str) -> None:
    """Give the population the hash that freezing it gives: of its one line."""
    text = f"portico population 1\n{evidence}\n1\t1\t1.00\n"
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    past_rules(world.url, "UPDATE audit.populations SET hash = %(h)s WHERE id = %(id)s", h=sha256, id=population)


@pytest.fixture
def copy(packed: Path, tmp_path: Path) -> Path:
    """One that may be tampered with."""
    return Path(shutil.copytree(packed, tmp_path / "binder"))


def test_it_has_everything_and_verifies(packed: Path) -> None:
    names = {path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()}
    assert names >= {
        "README.txt", "verify.py", "manifest.json", "report.html", "report.pdf", "engagement.json", "evidence.json",
        "assessments.json", "exceptions.jsonl", "populations/populations.json", "samples/S-0001.json", LOG,
        "reconciliations/1.jsonl", "findings/F-0001.html", "findings/F-0001.json", "workpapers/W-0001-v1.html",
        "workpapers/W-0001-v1.json", "log/head.json",
    }  # fmt: skip
    code, lines = verified(packed)
    assert code == 0, lines
    assert lines[0].startswith(f"OK: {len(names) - 1} files, 3 versions of evidence, {len(events(packed))} events.")


def test_every_version_is_there_byte_by_byte(packed: Path) -> None:
    versions = json.loads((packed / "evidence.json").read_text())
    assert [version["title"] for version in versions][:2] == ["Payment order"] * 2
    assert [version["version"] for version in versions] == [1, 2, 1]
    for version, content in zip(versions, (CONTENT, CONTENT + b"more", b"%PDF-1.7 and so on"), strict=True):
        assert (packed / version["path"]).read_bytes() == content
        assert version["sha256"] == hashlib.sha256(content).hexdigest()
        assert version["received_by"]["name"] == "Aude Test"
    assert Path(versions[0]["path"]).parent == Path("evidence"), "a name is no path"


def test_samples_come_with_the_population_and_their_items(packed: Path) -> None:
    sample = json.loads((packed / "samples/S-0001.json").read_text())
    assert sample["population"]["number"] == 1
    assert [item["item"] for item in sample["items"]] == [1]


def test_promise_5_a_population_is_the_text_that_its_hash_is_of(copy: Path) -> None:
    [population] = json.loads((copy / "populations/populations.json").read_text())
    path = copy / "populations/P-0001.txt"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == population["hash"]
    path.write_text(path.read_text().replace("1.00", "2.00"))
    sign_anew(copy)
    assert verified(copy) == (1, ["not what was frozen: populations/P-0001.txt", "FAILED: 1 found."])


def test_texts_are_texts(packed: Path) -> None:
    for path in packed.rglob("*.html"):
        page = path.read_text()
        assert "<i>" not in page
        assert '<meta http-equiv="Content-Security-Policy"' in page


def change(name: str) -> Change:
    return lambda unpacked: (unpacked / name).write_bytes(_flipped((unpacked / name).read_bytes()))


@pytest.mark.parametrize(
    "name", ["report.pdf", "engagement.json", "findings/F-0001.json", "exceptions.jsonl", "verify.py", "README.txt"]
)
def test_promise_1_one_changed_byte_is_named(copy: Path, name: str) -> None:
    last = name == "verify.py"  # its own last byte may change without stopping it
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content + b" " if last else _flipped(content))
    assert verified(copy) == (1, [f"changed: {name}", "FAILED: 1 found."])


def test_promise_1_one_changed_byte_of_the_evidence_is_named_even_by_a_forger(copy: Path) -> None:
    path = json.loads((copy / "evidence.json").read_text())[0]["path"]
    change(path)(copy)
    assert verified(copy) == (1, [f"changed: {path}", "FAILED: 1 found."])
    sign_anew(copy)
    assert verified(copy) == (1, [f"altered since receipt: {path}", "FAILED: 1 found."])


def test_promise_1_a_hash_that_was_mended_as_well_is_not_the_one_that_the_log_has(copy: Path) -> None:
    versions = json.loads((copy / "evidence.json").read_text())
    invented = b"Paid to nobody."
    (copy / versions[0]["path"]).write_bytes(invented)
    versions[0]["sha256"] = hashlib.sha256(invented).hexdigest()
    (copy / "evidence.json").write_text(json.dumps(versions))
    sign_anew(copy)
    assert verified(copy) == (1, [f"not what the log says was received: {versions[0]['path']}", "FAILED: 1 found."])


def test_a_list_that_cannot_be_read_keeps_nothing_else_from_being_told(copy: Path) -> None:
    (copy / "evidence.json").write_bytes((copy / "evidence.json").read_bytes()[:-9])
    (copy / "report.html").unlink()
    code, told = verified(copy)
    assert code == 1
    assert told[:2] == ["changed: evidence.json", "removed: report.html"]
    assert told[2].startswith("cannot be read: evidence.json: ")
    assert len(told) == 4


@pytest.mark.parametrize("name", [LOG, "evidence.json", "populations/populations.json"])
def test_what_vouches_for_the_rest_is_missed_even_where_no_manifest_names_it(copy: Path, name: str) -> None:
    (copy / name).unlink()
    sign_anew(copy)
    assert verified(copy) == (1, [f"removed: {name}", "FAILED: 1 found."])


def test_nothing_outside_of_the_binder_is_opened(copy: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    known = {"sha256": hashlib.sha256(b"secret").hexdigest()}
    manifest = json.loads((copy / "manifest.json").read_text())
    names = ["../outside/secret.txt", str(outside / "secret.txt"), "link.txt", "linked/secret.txt"]
    (copy / "link.txt").symlink_to(outside / "secret.txt")
    (copy / "linked").symlink_to(outside)
    manifest["files"] |= dict.fromkeys(names, known)
    (copy / "manifest.json").write_text(json.dumps(manifest))
    links = ["neither file nor folder: link.txt", "neither file nor folder: linked"]
    assert verified(copy) == (1, [*links, *(f"removed: {name}" for name in sorted(names)), "FAILED: 6 found."])


def test_a_name_writes_no_line_of_its_own(copy: Path) -> None:
    (copy / "a\n\x1b[2JOK: all").write_text("invented")
    assert verified(copy) == (1, [r"added: a\n\x1b[2JOK: all", "FAILED: 1 found."])


def test_the_script_is_python_3_8(packed: Path) -> None:
    ast.parse((packed / "verify.py").read_text(), feature_version=(3, 8))


def test_a_removed_file_is_named(copy: Path) -> None:
    (copy / "workpapers/W-0001-v1.html").unlink()
    assert verified(copy) == (1, ["removed: workpapers/W-0001-v1.html", "FAILED: 1 found."])
    sign_anew(copy)
    assert verified(copy)[0] == 0, "which the hash of the manifest alone shows"


def test_removed_evidence_is_named_even_by_a_forger(copy: Path) -> None:
    path = json.loads((copy / "evidence.json").read_text())[2]["path"]
    (copy / path).unlink()
    sign_anew(copy)
    assert verified(copy) == (1, [f"missing since receipt: {path}", "FAILED: 1 found."])


@pytest.mark.parametrize("name", ["notes.txt", "evidence/E-0009-v1-invented.pdf", ".hidden"])
def test_an_added_file_is_named(copy: Path, name: str) -> None:
    (copy / name).write_text("invented")
    assert verified(copy) == (1, [f"added: {name}", "FAILED: 1 found."])


def test_promise_6_one_reordered_line_of_the_log_is_named(copy: Path) -> None:
    lines = events(copy)
    lines[3], lines[4] = lines[4], lines[3]
    write_events(copy, lines)
    code, told = verified(copy)
    assert code == 1
    assert f"changed: {LOG}" in told
    sign_anew(copy)
    code, told = verified(copy)
    assert code == 1
    assert f"{LOG} line 5: out of order: place {lines[4]['seq']} after {lines[3]['seq']}" in told


@pytest.mark.parametrize(
    ("field", "value"),
    [("actor_name", "Somebody else"), ("details", '{"thing": "x"}'), ("at", "2020-01-01T00:00:00.000000Z"), ("id", 1)],
)
def test_promise_6_a_changed_event_is_named_even_by_a_forger(copy: Path, field: str, value: object) -> None:
    lines = events(copy)
    lines[2][field] = value
    write_events(copy, lines)
    sign_anew(copy)
    assert verified(copy) == (
        1, [f"{LOG} line 3: the event, its place or its seal was changed", "FAILED: 1 found."]
    )  # fmt: skip


def test_promise_6_a_removed_event_is_counted(copy: Path) -> None:
    lines = events(copy)
    write_events(copy, [*lines[:2], *lines[3:]])
    sign_anew(copy)
    code, told = verified(copy)
    assert code == 1
    assert f"{LOG}: {len(lines) - 1} events, {len(lines)} were packed" in told


def test_a_folder_that_is_no_binder_is_told(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, told = verified(copy, str(tmp_path / "empty"))
    assert code == 1
    assert told[0].startswith("this is no binder")
    (copy / "manifest.json").write_text("[]")
    assert verified(copy)[0] == 1


def test_promise_6_the_log_keeps_which_binder_was_handed_over(shared_world: World, packed: Path) -> None:
    sha256 = hashlib.sha256((packed / "manifest.json").read_bytes()).hexdigest()
    query = "SELECT object, details FROM portico.event_log WHERE action = 'binder.handed_over' ORDER BY id"
    noted = shared_world.sql(query)[0]
    assert noted["object"] == f"engagement:{shared_world.id}"
    assert noted["details"]["manifest"] == sha256
    assert verified(packed, "--manifest", sha256)[0] == 0
    code, told = verified(packed, "--manifest", "0" * 64)
    assert (code, told[0]) == (1, "changed: manifest.json is not the one that was handed over")


def test_promise_1_evidence_that_was_altered_in_the_store_is_marked(world: World, tmp_path: Path) -> None:
    changed, gone = filed(world, CONTENT, name="a.txt"), filed(world, CONTENT, name="b.txt")
    longer, good = filed(world, CONTENT, name="c.txt"), filed(world, CONTENT, name="d.txt")
    alter(world, changed["id"])
    path_of(world, gone["id"]).unlink()
    with path_of(world, longer["id"]).open("ab") as file:
        file.write(b"more")
    unpacked = binder(world, tmp_path)
    assert json.loads((unpacked / "manifest.json").read_text())["altered"] == [
        f"evidence/E-000{number}-v1-{name}.txt" for number, name in enumerate("abc", 1)
    ]
    assert verified(unpacked) == (
        1, [
            "altered since receipt: evidence/E-0001-v1-a.txt", "missing since receipt: evidence/E-0002-v1-b.txt",
            "altered since receipt: evidence/E-0003-v1-c.txt", "FAILED: 3 found.",
        ],
    )  # fmt: skip
    assert (unpacked / f"evidence/E-0004-v1-{good['name']}").read_bytes() == CONTENT


def test_promise_6_what_was_done_a_moment_ago_is_in_the_chain(shared_world: World, tmp_path: Path) -> None:
    engagement = shared_world.new_engagement()["id"]
    with psycopg.connect(shared_world.url) as sealing, ThreadPoolExecutor() as beside:
        sealing.execute("SELECT pg_advisory_xact_lock(7163070)")  # the sealer of another process is at it
        filed(shared_world, CONTENT, engagement=engagement)
        packed = beside.submit(binder, shared_world, tmp_path, f"/api/v1/engagements/{engagement}")
        time.sleep(0.2)
        sealing.commit()
        unpacked = packed.result()
    assert verified(unpacked)[0] == 0
    assert events(unpacked)[-1]["action"] == "evidence.received"


def test_who_may_take_it(shared_world: World) -> None:
    path = f"{shared_world.path}/binder.zip"
    for person in (shared_world.auditee, shared_world.stranger, shared_world.admin):
        assert person.client.get(path).status_code == 404
    assert shared_world.nobody.get(path).status_code == 401
    handed_over = "SELECT count(*) AS found FROM portico.event_log WHERE action = 'binder.handed_over'"
    before = shared_world.sql(handed_over)
    for person in (shared_world.auditor, shared_world.reviewer):
        assert person.client.head(path).status_code == 200
    assert shared_world.sql(handed_over) == before, "nothing was handed over"


def test_an_archived_engagement_still_gives_its_binder(world: World, tmp_path: Path) -> None:
    filed(world, CONTENT)
    world.archive(world.id)
    assert verified(binder(world, tmp_path))[0] == 0


def _flipped(content: bytes) -> bytes:
    """With one bit of one byte the other way round."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
