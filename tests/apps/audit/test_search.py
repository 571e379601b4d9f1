"""The search by words: what a hit tells, and that nobody finds what they may not see."""

import pytest

from tests.apps.audit.texts import document, found, names, request
from tests.apps.audit.world import World, open_world

MODES = ("hybrid", "lexical")


@pytest.fixture
def ours(shared_world: World) -> World:
    return shared_world


def test_a_hit_names_its_document_page_score_arm_and_hash(ours: World) -> None:
    version = document(ours, "Nothing of note.", "The quarterly pyrometer reading was forged.", title="Log book")
    answer = found(ours.auditor, "pyrometers", mode="lexical")
    assert (answer["mode"], answer["used"], answer["why"]) == ("lexical", "lexical", None)
    (hit,) = answer["items"]
    assert hit["page"] == 2
    assert hit["arms"] == ["lexical"]
    assert hit["score"] == pytest.approx(1 / 61)
    assert hit["sha256"] == "ab" * 32
    assert hit["engagement_id"] == ours.id
    assert hit["snippet"] == "quarterly <mark>pyrometer</mark> reading was forged"
    assert hit["document"]["version_id"] == version
    assert (hit["document"]["title"], hit["document"]["name"]) == ("Log book", "Log book.pdf")
    assert (hit["document"]["version"], hit["document"]["state"]) == (1, "received")


def test_the_best_come_first_and_as_many_as_asked_for(ours: World) -> None:
    for number in range(12):
        document(ours, "The obelisk is far away. " + "Other words. " * (number + 3), title=f"Far {number}")
    document(ours, "obelisk", title="Obelisk")
    hits = found(ours.auditor, "obelisk", limit=5)["items"]
    assert len(hits) == 5
    assert hits[0]["document"]["title"] == "Obelisk"
    assert [hit["score"] for hit in hits] == [pytest.approx(1 / (60 + place)) for place in range(1, 6)]


def test_html_in_a_document_stays_text(ours: World) -> None:
    document(ours, "<script>alert(1)</script> the zeppelin & co")
    (hit,) = found(ours.auditor, "zeppelin")["items"]
    assert "<script>" not in hit["snippet"]
    assert hit["snippet"].endswith("alert(1)&lt;/script&gt; the <mark>zeppelin</mark>")


@pytest.mark.parametrize("q", ['"', "' or 1=1 --", "%s %(me)s {inside}", "a & | !", "\\", "🙂", "-", "the"])
def test_whatever_is_typed_is_answered(ours: World, q: str) -> None:
    for mode in MODES:
        found(ours.auditor, q, mode=mode)


@pytest.mark.parametrize(
    "params", [{"q": ""}, {"q": "x" * 201}, {"q": "a", "mode": "magic"}, {"q": "a", "limit": 101}, {"q": "a\x00"}]
)
def test_what_cannot_be_meant_is_refused(ours: World, params: dict[str, str]) -> None:
    assert ours.auditor.client.get("/api/v1/search", params=params).status_code == 422


def test_one_engagement_alone(ours: World) -> None:
    other = ours.new_engagement()["id"]
    document(ours, "A palimpsest here.", title="Here")
    document(ours, "A palimpsest there.", title="There", engagement_id=other)
    assert sorted(names(ours.auditor, "palimpsest")) == ["Here", "There"]
    assert names(ours.auditor, "palimpsest", engagement=other) == ["There"]
    assert names(ours.auditor, "palimpsest", engagement=ours.other_engagement["id"]) == []


@pytest.mark.parametrize("mode", MODES)
def test_promise_7_nobody_outside_of_an_engagement_finds_anything_of_it(ours: World, mode: str) -> None:
    word = f"quicksilver{mode}"
    document(ours, f"The {word} account.")
    for person in (ours.auditor, ours.lead, ours.reviewer):
        assert len(names(person, word, mode=mode)) == 1
    for person in (ours.admin, ours.stranger, ours.other_reviewer, ours.foreign_auditee, ours.auditee):
        for engagement in ({}, {"engagement": ours.id}):
            assert names(person, word, mode=mode, **engagement) == []


@pytest.mark.parametrize("mode", MODES)
def test_promise_7_an_auditee_finds_what_they_have_uploaded_to_their_own_requests(ours: World, mode: str) -> None:
    word = f"ledgerdemain{mode}"
    own, of_other = request(ours, ours.auditee), request(ours, ours.other_auditee)
    draft = request(ours, ours.auditee, state="draft")
    document(ours, word, title="Own answer", by=ours.auditee, request_id=own)
    document(ours, word, title="Auditor's, in the same request", request_id=own)
    document(ours, word, title="Uploaded before it was somebody else's", by=ours.auditee, request_id=of_other)
    document(ours, word, title="To a draft", by=ours.auditee, request_id=draft)
    document(ours, word, title="To no request", by=ours.auditee)
    document(ours, word, title="The other's", by=ours.other_auditee, request_id=of_other)
    assert names(ours.auditee, word, mode=mode) == ["Own answer"]
    assert names(ours.other_auditee, word, mode=mode) == ["The other's"]
    assert len(names(ours.auditor, word, mode=mode)) == 6


def test_without_an_embedder_hybrid_says_so_and_semantic_is_refused(ours: World) -> None:
    document(ours, "The gyroscope was sold.")
    answer = found(ours.auditor, "gyroscope")
    assert (answer["mode"], answer["used"]) == ("hybrid", "lexical")
    assert answer["why"] == "No embedder is set. The search went by words."
    assert len(answer["items"]) == 1
    assert found(ours.auditor, "gyroscope", 409, mode="semantic")["code"] == "NO_EMBEDDER"


def test_nobody_who_has_not_signed_in_searches(ours: World) -> None:
    assert ours.nobody.get("/api/v1/search", params={"q": "a"}).status_code == 401


def test_an_embedder_that_is_no_embedder_is_named_at_the_start(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_EMBEDDER", "gopher://x")
    with pytest.raises(Exception, match="AUDIT_EMBEDDER: must be none, local or the address"), open_world(database_url):
        pass
