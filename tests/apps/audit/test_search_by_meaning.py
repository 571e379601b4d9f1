"""The search with an embedder: two rankings fused, the job that makes vectors, and what happens without them."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from portico.apps.audit.search import jobs, reads, service
from portico.apps.audit.search.embedders import EmbedderFailed
from portico.kernel import migrations
from portico.kernel.database import Database
from portico.kernel.job_runs import Run
from portico.kernel.migrations import upgrade
from portico.kernel.runtime import Runtime
from tests.apps.audit.texts import Endpoint, document, embedding, found, names, request
from tests.apps.audit.world import World, open_world
from tests.databases import Databases
from tests.servers import settings_of
from tests.whole.project import ROOT

VECTORS = "SELECT count(*) AS found FROM audit.chunk_vectors AS v JOIN audit.chunks AS c ON c.id = v.chunk_id"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with embedding() as endpoint, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUDIT_EMBEDDER", endpoint.url)
        environment.setenv("AUDIT_EMBEDDER_ALLOW_PRIVATE", "1")
        environment.setenv("AUDIT_EMBEDDER_KEY", "a key of the embedder")
        yield endpoint


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str, endpoint: Endpoint) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        yield world
    databases.drop(url)


@pytest.fixture(autouse=True)
def as_good_as_new(endpoint: Endpoint) -> Iterator[None]:
    yield
    endpoint.fails_after, endpoint.answer, endpoint.takes = None, None, 0.0


def embed(world: World, version_id: int | None = None) -> None:
    """Run the job as a worker does."""

    async def run() -> None:
        database = Database(world.url, pool_size=2)
        runtime = Runtime(settings=settings_of(world.url), database=database)
        await database.open()
        try:
            await jobs.embed(Run(1, "audit", "audit.embed", runtime), version_id=version_id)
        finally:
            await database.close()

    asyncio.run(run())


def test_each_hit_says_which_arm_found_it_and_both_add_up(world: World) -> None:
    document(world, "A red vehicle was bought.", title="By meaning")
    document(world, "A red automobile and a car were bought.", title="By both")
    embed(world)
    answer = found(world.auditor, "red car")
    assert (answer["used"], answer["why"]) == ("hybrid", None)
    hits = {hit["document"]["title"]: hit for hit in answer["items"]}
    assert hits["By both"]["arms"] == ["lexical", "semantic"]
    assert hits["By meaning"]["arms"] == ["semantic"]
    assert hits["By both"]["score"] > 2 / 63 > hits["By meaning"]["score"]
    assert answer["items"][0]["document"]["title"] == "By both"
    only = found(world.auditor, "red car", mode="semantic")
    assert only["used"] == "semantic"
    assert {tuple(hit["arms"]) for hit in only["items"]} == {("semantic",)}
    assert "By meaning" in [hit["document"]["title"] for hit in only["items"]]


@pytest.mark.parametrize("mode", ["hybrid", "semantic"])
@pytest.mark.parametrize("most", [5000, 0])
def test_promise_7_rights_hold_in_the_arm_of_meaning(
    world: World, mode: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compared one by one, and by the index."""
    monkeypatch.setattr(reads, "EXACT_UP_TO", most)
    word, path = f"lorry{mode}{most}", request(world, world.auditee)
    document(world, f"The {word}.", title="Own", by=world.auditee, request_id=path)
    document(world, f"A {word}.", title="Internal")
    document(world, f"Their {word}.", title="Of others", engagement_id=world.other_engagement["id"])
    embed(world)
    assert set(names(world.auditee, word, mode=mode)) == {"Own"}
    assert "Of others" not in names(world.auditor, word, mode=mode, limit=100)
    assert {"Own", "Internal"} <= set(names(world.auditor, word, mode=mode, limit=100))
    assert set(names(world.stranger, word, mode=mode)) == {"Of others"}
    assert names(world.admin, word, mode=mode) == names(world.other_auditee, word, mode=mode) == []


def test_the_job_goes_on_where_it_was_interrupted(world: World, endpoint: Endpoint) -> None:
    version = document(world, *(f"Page {number} of a long report." for number in range(150)), title="Long")
    before, endpoint.fails_after = endpoint.texts(), 1
    with pytest.raises(EmbedderFailed):
        embed(world, version)
    assert of(world, version) == endpoint.texts() - before == 64
    endpoint.fails_after = None
    embed(world, version)
    embed(world, version)
    assert of(world, version) == endpoint.texts() - before == 150, "nothing is embedded twice"


def test_another_model_embeds_anew_and_is_not_mixed_with_the_old_one(
    world: World, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = document(world, "One page.", title="Old model")
    embed(world, version)
    monkeypatch.setenv("AUDIT_EMBEDDER_MODEL", "another")
    embed(world, version)
    assert endpoint.asked[-1]["model"] == "another"
    assert "Old model" not in names(world.auditor, "page", mode="semantic", limit=100)
    monkeypatch.delenv("AUDIT_EMBEDDER_MODEL")
    embed(world, version)
    assert "Old model" in names(world.auditor, "One page", mode="semantic", limit=100)


def test_the_embedder_is_asked_as_openai_s_is(world: World, endpoint: Endpoint) -> None:
    found(world.auditor, "anything")
    assert endpoint.asked[-1] == {"model": "all-minilm", "input": ["anything"], "encoding_format": "float"}
    assert endpoint.keys[-1] == "Bearer a key of the embedder"


@pytest.mark.parametrize(
    "answer", [None, {"data": []}, {"data": [{"index": 0, "embedding": [1.0] * 383}]}, {"error": "no"}, [1]]
)
def test_an_embedder_that_fails_leaves_the_words(world: World, endpoint: Endpoint, answer: object) -> None:
    endpoint.answer = answer
    endpoint.fails_after = None if answer else 0
    document(world, "The barometer fell.")
    hybrid = found(world.auditor, "barometer")
    assert (hybrid["used"], hybrid["why"]) == ("lexical", "The embedder did not answer. The search went by words.")
    assert hybrid["items"]
    endpoint.fails_after = None if answer else 0
    assert found(world.auditor, "barometer", 503, mode="semantic")["code"] == "EMBEDDER_FAILED"


def test_who_waits_for_the_embedder_holds_no_connection_and_does_not_wait_for_long(
    database_url: str, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_world(database_url, db_pool_size=1) as world, ThreadPoolExecutor(1) as pool:
        document(world, "The barometer fell.")
        endpoint.takes = 0.6
        endpoint.is_asked.clear()
        search = pool.submit(found, world.auditor, "barometer")
        assert endpoint.is_asked.wait(10)
        assert world.auditee.client.get("/api/v1/auth/me").status_code == 200
        assert not search.done()
        assert search.result()["used"] == "hybrid"
        monkeypatch.setattr(service, "PATIENCE", 0.2)
        late = found(world.auditor, "barometer")
        assert (late["used"], late["why"]) == ("lexical", "The embedder did not answer. The search went by words.")
        assert found(world.auditor, "barometer", 503, mode="semantic")["code"] == "EMBEDDER_FAILED"


def test_a_private_address_is_refused_where_the_settings_do_not_allow_it(
    database_url: str, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_EMBEDDER", endpoint.url.replace("http://", "https://"))
    monkeypatch.delenv("AUDIT_EMBEDDER_ALLOW_PRIVATE")
    with open_world(database_url) as world:
        assert found(world.auditor, "galvanometer", 503, mode="semantic")["code"] == "EMBEDDER_FAILED"
    assert not [each for each in endpoint.asked if each["input"] == ["galvanometer"]]


def test_a_server_without_the_extension_migrates_and_searches_by_words(database_url: str, endpoint: Endpoint) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("DROP TABLE audit.chunk_vectors")
        owner.execute("DROP EXTENSION vector")
        text = (ROOT / "migrations/sql/audit_vectors.sql").read_text()
        owner.execute(text.replace("name = 'vector'", "name = 'no_such_extension'").encode())
    migrations.check(database_url)
    with open_world(database_url) as world:
        version = document(world, "The gasometer leaks.")
        embed(world, version)
        answer = found(world.auditor, "gasometer")
        assert (answer["used"], len(answer["items"])) == ("lexical", 1)
        assert "lacks the extension vector" in answer["why"]
        assert found(world.auditor, "gasometer", 409, mode="semantic")["code"] == "NO_EMBEDDER"
        with psycopg.connect(database_url) as owner:  # it gets the extension later
            owner.execute(text.encode())
            owner.execute(text.encode())
        embed(world, version)
        assert found(world.auditor, "gasometer", mode="semantic")["items"]


def of(world: World, version_id: int) -> int:
    """How many vectors there are of a document."""
    count: int = world.sql(f"{VECTORS} WHERE c.evidence_version_id = %(id)s", id=version_id)[0]["found"]
    return count
