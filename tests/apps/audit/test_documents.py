"""Uploads: each file is evidence first, and a job finds out what is in it, whatever is in it."""

from http.client import HTTPConnection
from typing import Any

import pytest

from portico.apps.audit.documents.ledger_kinds import kind_of
from portico.apps.audit.documents.service import ExtractionService
from portico.kernel.job_runs import Pointless
from tests.apps.audit.foreign_files import BILLION_LAUGHS, pdf, pdf_of, xlsx, zipped
from tests.apps.audit.ledgers import entry, rows_of
from tests.apps.audit.vault import alter, events, filed, read_documents, request, run_job, upload, uploaded
from tests.apps.audit.world import API, Person, World, done
from tests.contract.shop import made
from tests.contract.stall import problem

DOCUMENTS = f"{API}/documents"
WAITING = """
    SELECT id, args FROM portico_queue.procrastinate_jobs
    WHERE status = 'todo' AND (task_name, args -> %(key)s) = (%(task)s, to_jsonb(%(id)s::bigint))"""
GIVEN_UP = "UPDATE portico_queue.procrastinate_jobs SET status = 'failed' WHERE id = %(id)s"
CHUNKS = "SELECT page, text FROM audit.chunks WHERE evidence_version_id = %(id)s ORDER BY id"


class Killed(BaseException):
    """What no code catches, as no code does when its process ends."""


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def job(world: World, job_id: int) -> Any:
    return done(world.auditor.client.get(f"{DOCUMENTS}/jobs/{job_id}"))


def waiting(world: World, task: str, **of: int) -> dict[str, Any]:
    """The queued job of this task and thing."""
    [(key, number)] = of.items()
    [found] = world.sql(WAITING, task=f"audit.{task}", key=key, id=number)
    return found


def search(person: Person, words: str) -> list[tuple[str, int]]:
    """The hash and the page of what somebody finds."""
    found = done(person.client.get(f"{API}/search", params={"q": words}))
    return [(hit["sha256"], hit["page"]) for hit in found["items"]]


def test_an_upload_is_answered_as_the_contract_says(world: World) -> None:
    form = {"engagement": world.id, "ledger_names": ["Journal", "Bank"], "financial_year": "2025"}
    body = made(upload(world, ("journal.csv", b"a;b\n"), ("bank.XLSX", xlsx(A=[["x"]])), **form))
    assert list(body) == ["message", "jobs"]
    assert [list(each) for each in body["jobs"]] == [["job_id", "filename", "status", "queued"]] * 2
    assert [(each["filename"], each["status"], each["queued"]) for each in body["jobs"]] == [
        ("journal.csv", "queued", True), ("bank.XLSX", "queued", True),
    ]  # fmt: skip
    assert [job(world, each["job_id"])["ledger_name"] for each in body["jobs"]] == ["Journal", "Bank"]


def test_what_is_found_can_be_searched_by_page(world: World) -> None:
    [queued] = uploaded(world, ("lease.pdf", pdf("The lease begins in May.", "It ends in June.")))
    read_documents(world)
    found = job(world, queued["job_id"])
    assert (found["status"], found["reason"], found["result"]["pages"]) == ("done", "", 2)
    assert found["finished_at"] is not None
    chunks = world.sql(CHUNKS, id=found["evidence_version_id"])
    assert [(each["page"], each["text"]) for each in chunks] == [
        (1, "The lease begins in May."), (2, "It ends in June."),
    ]  # fmt: skip


def test_promise_7_answers_are_read_as_well_and_found_by_whom_they_are_for(world: World) -> None:
    asked = request(world)
    version = filed(world, b"number;text\n1;a rare word\n", by=world.auditee, name="answer.csv", request=asked["id"])
    other = filed(world, b"not of a kind that is read", name="answer.txt")
    read_documents(world)
    assert "a rare word" in world.sql(CHUNKS, id=version["id"])[0]["text"]
    assert search(world.auditor, "rare word") == search(world.auditee, "rare word") == [(version["sha256"], 1)]
    assert search(world.other_auditee, "rare word") == search(world.admin, "rare word") == []
    assert world.sql(CHUNKS, id=other["id"]) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("laughs.xml", BILLION_LAUGHS.encode()),
        ("bomb.xlsx", zipped(a=b"0" * 20_000_000)),
        ("long.pdf", pdf_of(10_000)),
        ("cut.pdf", pdf("x")[:400]),
        ("sheet.pdf", xlsx(A=[["x"]])),
        ("empty.csv", b""),
    ],
)
def test_a_hostile_file_is_kept_and_its_job_says_why_it_was_not_read(world: World, name: str, content: bytes) -> None:
    [queued] = uploaded(world, (name, content))
    read_documents(world)
    found = job(world, queued["job_id"])
    assert (found["status"], found["filename"]) == ("failed", name)
    assert found["reason"].startswith("It ")
    sent = world.auditor.client.get(f"{API}/evidence-versions/{found['evidence_version_id']}/content")
    assert sent.content == content


@pytest.mark.parametrize("name", ["a.exe", "a.html", "a", "a.pdf.zip", "..", ".pdf", "pdf/.csv"])
def test_other_kinds_are_refused_and_nothing_of_the_upload_is_kept(world: World, name: str) -> None:
    before = done(world.auditor.client.get(f"{API}/evidence"))["total"]
    found = upload(world, ("a.csv", b"a;b\n"), (name, b"MZ"), engagement=world.id)
    problem(found, 400, "UNSUPPORTED_DOCUMENT")
    assert done(world.auditor.client.get(f"{API}/evidence"))["total"] == before


def test_without_an_engagement_it_goes_to_the_only_open_one(world: World) -> None:
    person = world.person()
    world.appoint(world.other_engagement["id"], person, "auditee", by=world.stranger)
    found = problem(upload(world, ("a.csv", b"x"), by=person), 422, "VALIDATION_ERROR")
    assert found["errors"] == [{"field": "engagement", "message": "you are in no engagement that is open"}]
    world.appoint(world.id, person, "auditor")
    assert made(upload(world, ("a.csv", b"x"), by=person))["jobs"][0]["status"] == "queued"
    world.appoint(world.new_engagement()["id"], person, "auditor")
    found = problem(upload(world, ("a.csv", b"x"), by=person), 422, "VALIDATION_ERROR")
    assert found["errors"] == [{"field": "engagement", "message": "you are in several: say in which"}]


@pytest.mark.parametrize(
    ("names", "expected"),
    [("Journal", ["Journal"] * 2), ("A, B", ["A", "B"]), ('["A", "B"]', ["A", "B"]), ("", ["", ""])],
)
def test_ledger_names_are_one_for_all_or_one_each(world: World, names: str, expected: list[str]) -> None:
    jobs = uploaded(world, ("a.csv", b"x"), ("b.csv", b"x"), ledger_names=names)
    assert [job(world, each["job_id"])["ledger_name"] for each in jobs] == expected


def test_a_name_that_is_cut_keeps_its_kind(world: World) -> None:
    [queued] = uploaded(world, ("x" * 300 + ".csv", b"a;b\n"))
    assert queued["filename"] == "x" * 251 + ".csv"
    waiting(world, "extract_document", version_id=job(world, queued["job_id"])["evidence_version_id"])


def test_names_for_other_files_are_refused(world: World) -> None:
    for names in ("[" * 50_000, '["A"', "[1]"):
        found = upload(world, ("a.csv", b"x"), engagement=world.id, ledger_names=names)
        assert problem(found, 422, "VALIDATION_ERROR")["errors"][0]["field"].startswith("ledger_names")
    found = upload(world, ("a.csv", b"x"), engagement=world.id, ledger_names="A,B,C")
    assert problem(found, 422, "VALIDATION_ERROR")["errors"][0]["field"] == "ledger_names"
    found = upload(world, ("a.csv", b"x"), engagement=world.id, financial_year="next year")
    assert problem(found, 422, "VALIDATION_ERROR")["errors"][0]["field"] == "financial_year"
    files = [(f"{number}.csv", b"x") for number in range(21)]
    found = upload(world, *files, engagement=world.id)
    assert problem(found, 422, "VALIDATION_ERROR")["errors"][0]["field"] == "files"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_file_with_a_ledgers_name_is_imported_as_one(world: World, encoding: str) -> None:
    books = rows_of(*entry(1, description="Büro"), *entry(2)).decode().encode(encoding)
    form = {"ledger_names": "Bank statement", "financial_year": "2025"}
    [queued] = uploaded(world, ("books.csv", books), **form)
    ledger_id = job(world, queued["job_id"])["ledger_id"]
    queued_import = waiting(world, "import_ledger", ledger_id=ledger_id)
    run_job(world, "import_ledger", job_id=queued_import["id"], **queued_import["args"])
    found = done(world.auditor.client.get(f"{API}/ledgers/{ledger_id}"))
    assert (found["name"], found["kind"], found["financial_year"]) == ("Bank statement", "bank", "2025")
    assert (found["state"], found["computed"]["lines"]) == ("imported", 4), found["reason"]


def test_jobs_ledgers_and_years_are_listed_to_the_team(world: World) -> None:
    number = world.new_engagement()["id"]
    form = {"engagement": number, "ledger_names": "Receivables", "financial_year": "2031"}
    uploaded(world, ("a.csv", b"a;b\n"), ("b.csv", b""), **form)
    client, mine = world.auditor.client, {"engagement": number}
    assert done(client.get(f"{DOCUMENTS}/jobs", params=mine))["total"] == 2
    read_documents(world)
    failed = done(client.get(f"{DOCUMENTS}/jobs", params={**mine, "status_filter": "failed", "limit": 1}))
    assert [each["filename"] for each in failed["items"]] == ["b.csv"]
    problem(client.get(f"{DOCUMENTS}/jobs", params={"status_filter": "lost"}), 422, "VALIDATION_ERROR")
    assert client.get(f"{DOCUMENTS}/ledgers", params=mine).json() == [
        {"name": "Receivables", "financial_year": "2031", "engagement_id": number, "documents": 2}
    ]
    assert {"financial_year": "2031", "documents": 2} in client.get(f"{DOCUMENTS}/financial-years").json()
    for person in (world.auditee, world.stranger, world.admin):
        assert done(person.client.get(f"{DOCUMENTS}/jobs"))["items"] == []
        problem(person.client.get(f"{DOCUMENTS}/jobs", params=mine), 404, "NOT_FOUND")
        assert person.client.get(f"{DOCUMENTS}/ledgers").json() == []
        assert person.client.get(f"{DOCUMENTS}/financial-years").json() == []
        problem(person.client.get(f"{DOCUMENTS}/jobs/{failed['items'][0]['job_id']}"), 404, "NOT_FOUND")
        problem(upload(world, ("a.csv", b"x"), by=person, engagement=number), 404, "NOT_FOUND")


def test_what_is_too_large_is_refused_before_it_is_sent(world: World) -> None:
    connection = HTTPConnection(world.nobody.base_url.host, world.nobody.base_url.port or 80, timeout=10)
    connection.putrequest("POST", f"{DOCUMENTS}/upload")
    connection.putheader("Authorization", world.auditor.client.headers["Authorization"])
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(201 * 1024 * 1024))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_job_that_runs_again_has_its_effect_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its worker is lost when all is written and nothing is committed; and once more when all is committed."""
    [queued] = uploaded(world, ("rent.csv", b"month;rent\n" + b"5;the rent of May\n" * 30))
    queued_once = waiting(world, "extract_document", version_id=job(world, queued["job_id"])["evidence_version_id"])
    finish = ExtractionService.finish

    async def lost(service: ExtractionService, work: Any, found: Any) -> None:
        await finish(service, work, found)
        raise Killed

    monkeypatch.setattr(ExtractionService, "finish", lost)
    with pytest.raises(Killed):
        run_job(world, "extract_document", job_id=queued_once["id"], **queued_once["args"])
    assert job(world, queued["job_id"])["status"] == "running"
    monkeypatch.undo()
    for _ in range(2):
        run_job(world, "extract_document", job_id=queued_once["id"], **queued_once["args"])
    found = job(world, queued["job_id"])
    assert (found["status"], found["result"]["rows"]) == ("done", 31)
    assert len(world.sql(CHUNKS, id=found["evidence_version_id"])) == found["result"]["pieces"] == 1


def test_altered_bytes_are_not_read(world: World) -> None:
    [queued] = uploaded(world, ("rent.csv", b"month;rent\n5;500\n"))
    alter(world, job(world, queued["job_id"])["evidence_version_id"])
    read_documents(world)
    found = job(world, queued["job_id"])
    assert (found["status"], found["reason"][:36]) == ("failed", "The stored bytes are not those that ")
    [event] = events(world, "evidence.failed", thing=f"evidence-version:{found['evidence_version_id']}")
    assert event["actor_name"] == "reading of documents"


def test_what_no_job_reads_any_more_is_given_up(world: World) -> None:
    [queued], [other] = (uploaded(world, (name, b"a;b\n")) for name in ("rent.csv", "lease.csv"))
    lost = waiting(world, "extract_document", version_id=job(world, queued["job_id"])["evidence_version_id"])
    world.sql(GIVEN_UP, id=lost["id"])
    run_job(world, "sweep_documents")
    found = job(world, queued["job_id"])
    assert (found["status"], found["reason"][:24]) == ("failed", "Reading it was cancelled")
    assert job(world, other["job_id"])["status"] == "queued"
    run_job(world, "extract_document", job_id=lost["id"], **lost["args"])  # an operator has queued it again
    found = job(world, queued["job_id"])
    assert (found["status"], found["reason"]) == ("done", "")


def test_what_was_archived_meanwhile_is_left_as_it_is(world: World) -> None:
    number = world.new_engagement()["id"]
    [queued] = uploaded(world, ("rent.csv", b"month;rent\n5;500\n"), engagement=number)
    world.sql("UPDATE audit.engagements SET state = 'archived', archived_at = now() WHERE id = %(id)s", id=number)
    with pytest.raises(Pointless):
        read_documents(world)
    assert job(world, queued["job_id"])["status"] == "queued"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Tax-credit statement 2025", "tax_credit"), ("Bank statement 2025", "bank"), ("Debtors", "receivable"),
        ("Supplier ledger", "payable"), ("General ledger", "general"),
    ],
)  # fmt: skip
def test_a_ledgers_name_says_its_kind(name: str, kind: str) -> None:
    assert kind_of(name) == kind
