"""An audit from its first day, by the forms of the pages alone: plan it, import, test, sample and evaluate."""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from portico.kernel.migrations import upgrade
from tests.apps.audit import ledgers
from tests.apps.audit.everything import past_rules
from tests.apps.audit.world import World, open_world
from tests.contract import audit_things as things
from tests.contract.audit_browsing import browsing, number_in, read, uploaded, went
from tests.contract.browsing import Visitor, assert_page, version_in
from tests.contract.shop import unique
from tests.databases import Databases

SECOND_ITEM = """
    INSERT INTO audit.sample_items (sample_id, position, item, amount, is_deviation)
    SELECT sample_id, 2, item, amount, is_deviation FROM audit.sample_items WHERE sample_id = %(id)s"""
PERIOD = {"period_start": "2025-01-01", "period_end": "2025-12-31"}


@pytest.fixture(scope="module")
def world(databases: Databases, worker_id: str) -> Iterator[World]:
    url = databases.clone("empty", upgrade, worker=worker_id)
    with open_world(url) as world:
        yield world
    databases.drop(url)


@pytest.fixture
def lead(world: World) -> Iterator[Visitor]:
    with browsing(world, world.lead) as visitor:
        yield visitor


@pytest.fixture
def auditor(world: World) -> Iterator[Visitor]:
    with browsing(world, world.auditor) as visitor:
        yield visitor


def imported(world: World, visitor: Visitor, content: bytes, file: str = "books.csv", **about: str) -> int:
    """The id of a ledger of the world's engagement, when the job of its form has ended."""
    files = {"file": (file, content, "application/octet-stream")}
    data = {"csrf": visitor.token(), "kind": "general", **about}
    headers = {"Origin": visitor.origin}
    answer = visitor.client.post(f"/pages/engagements/{world.id}/ledgers", data=data, files=files, headers=headers)
    place = went(answer)
    assert "The file is being read" in read(visitor, place)
    ledgers.run_queued(world, "import_ledger")
    return number_in(place)


def frozen(world: World, visitor: Visitor, ledger: int, **passing: str) -> int:
    """The id of a population of a ledger's lines."""
    at = f"/pages/engagements/{world.id}/populations"
    assert went(visitor.send(at, name=unique("Lines"), source=str(ledger), **passing)).endswith("done=defined")
    number = max(int(each) for each in re.findall(r'action="/pages/populations/(\d+)/freeze"', visitor.open(at).text))
    assert went(visitor.send(f"/pages/populations/{number}/freeze")).endswith("done=frozen")
    return number


def planned(world: World, visitor: Visitor, population: int, **aim: str) -> str:
    """The page of a sample that was planned."""
    asked = {"name": "Approvals", "population_id": str(population), "method": "attribute", "risk": "5", **aim}
    place = went(visitor.send(f"/pages/engagements/{world.id}/samples", **asked))
    return place.partition("?")[0]


def test_a_client_is_added_and_an_engagement_of_it_planned(world: World, lead: Visitor) -> None:
    name = unique("Bakery")
    wrong = lead.send("/pages/clients", name=name, country="Austria", currency="EUR")
    assert_page(wrong, 422)
    assert name in wrong.text, "what was typed is still there"
    assert went(lead.send("/pages/clients", name=name, country="AT", currency="EUR")).endswith("done=added")
    assert_page(lead.send("/pages/clients", name=name, currency="EUR"), 409)
    offered = re.search(rf'value="(\d+)">{name}<', lead.open("/pages/engagements").text)
    assert offered
    asked = {"client_id": offered[1], "name": "The year", **PERIOD}
    backwards = lead.send("/pages/engagements", **{**asked, "client_id": "", "period_end": "2024-12-31"})
    assert_page(backwards, 422)
    assert re.search(r'<select id="client_id"[^>]* aria-invalid="true"', backwards.text)
    backwards = lead.send("/pages/engagements", **{**asked, "period_end": "2024-12-31"})
    assert "<li>period end must not be before period start</li>" in backwards.text
    unbalanced = lead.send("/pages/engagements", **asked, materiality="1", performance_materiality="2", objective="Why")
    assert_page(unbalanced, 422)
    assert ">\nWhy</textarea>" in unbalanced.text
    place = went(lead.send("/pages/engagements", **asked, materiality="5000"))
    assert place.endswith("done=planned")
    assert "Materiality 5 000.00 EUR" in read(lead, place)


def test_who_may_not_plan_is_not_offered_it(world: World, auditor: Visitor) -> None:
    assert "Plan an engagement" not in read(auditor, "/pages/engagements")
    assert ">Clients<" not in auditor.open("/pages/engagements").text
    assert_page(auditor.open("/pages/clients"), 403)
    assert_page(auditor.send("/pages/clients", name="Mine"), 403)
    assert_page(auditor.send("/pages/engagements"), 403)


def test_people_are_given_roles_and_taken_out(world: World, lead: Visitor, auditor: Visitor) -> None:
    engagement = world.new_engagement()["id"]
    at, members = f"/pages/engagements/{engagement}", f"/pages/engagements/{engagement}/members"
    somebody = world.person(first_name="Nina")
    given = {"role": "auditor", "version": version_in(lead.open(at))}
    unknown = lead.send(members, email="nobody@example.com", **given)
    assert_page(unknown, 422)
    assert "nobody can sign in with this address" in unknown.text
    assert "checked" in lead.send(members, email="nobody@example.com", **given, may_accept_risk="on").text
    world.sql("UPDATE audit.users SET is_active = false WHERE id = %(id)s", id=(gone := world.person()).user_id)
    assert "nobody can sign in with this address" in lead.send(members, email=gone.email, **given).text
    assert went(lead.send(members, email=somebody.email.upper(), **given)).endswith("done=appointed")
    stale = lead.send(members, email=somebody.email, **given)
    assert_page(stale, 412)
    assert somebody.email in stale.text, "what was typed is still there"
    assert "Nina Test, auditor" in read(lead, at)
    assert "Give somebody a role" not in read(auditor, at)
    for email in (somebody.email, "nobody@example.com"):
        assert_page(auditor.send(members, email=email, **given), 403)
    out = f"{members}/{somebody.id}"
    assert went(lead.send(out, version=version_in(lead.open(at)))).endswith("done=dismissed")
    assert "Nina Test" not in read(lead, at).partition("What happened last")[0]
    assert_page(lead.send(out, version=version_in(lead.open(at))), 404)


def test_a_role_that_is_given_twice_at_once_is_given_once(world: World, lead: Visitor) -> None:
    at = f"/pages/engagements/{world.new_engagement()['id']}"
    given = {
        "email": world.person().email,
        "role": "auditor",
        "version": version_in(lead.open(at)),
        "csrf": lead.token(),
    }

    def give(_: int) -> int:
        return lead.send(f"{at}/members", **given).status_code

    with ThreadPoolExecutor(4) as together:
        assert sorted(together.map(give, range(4))) == [303, 412, 412, 412]


def test_a_procedure_is_added_and_offered(world: World, auditor: Visitor) -> None:
    at, code = f"/pages/engagements/{world.id}/procedures", unique("JE")
    assert_page(auditor.send(at, code=code, pack="control", method="test"), 422)
    asked = {"code": code, "title": "Entries at night", "pack": "transaction", "method": "examine"}
    assert went(auditor.send(at, **asked)).endswith("done=added")
    again = auditor.send(at, **asked, description="What took an hour to write")
    assert_page(again, 409)
    assert "What took an hour to write" in again.text
    assert "Entries at night transaction examine none 0" in read(auditor, at)
    assert f"{code} Entries at night" in read(auditor, f"/pages/engagements/{world.id}/workpapers")


def test_a_ledger_is_imported_and_tested(world: World, auditor: Visitor) -> None:
    rows = [*ledgers.entry(1, ("6200", "5000.00"), ("1000", "-5000.00")), *ledgers.entry(2)]
    number = imported(world, auditor, ledgers.rows_of(*rows), name="Books", financial_year="2025")
    at = f"/pages/ledgers/{number}"
    assert "Lines not stated 4" in read(auditor, at)
    assert_page(auditor.send(f"{at}/tests"), 422)
    place = went(auditor.send(f"{at}/tests", round_amount="on", duplicate="on"))
    assert "The tests are running" in read(auditor, place)
    ledgers.run_queued(world, "test_ledger")
    shown = read(auditor, place)
    assert "The tests have been run." in shown
    assert "1 exception." in shown
    with browsing(world, world.reviewer) as other:
        assert "The tests" not in read(other, place).partition("What was imported")[0], "the job is somebody else's"


def test_a_table_that_is_unclear_is_read_again_as_people_say(world: World, auditor: Visitor) -> None:
    table = b"Tag;Kto;Wert\n31.12.2025;6200;1.000,50\n31.12.2025;1000;-1.000,50\n"
    number = imported(world, auditor, table, name="Books")
    at = f"/pages/ledgers/{number}"
    shown = read(auditor, at)
    assert "name the columns of: date, account" in shown
    said = {"name": "Books", "kind": "general", "column-date": "Tag", "column-account": "Kto", "column-amount": "Wert"}
    wrong = auditor.send(f"{at}/again", **said, header_row="many")
    assert_page(wrong, 422)
    assert 'value="Kto"' in wrong.text, "what was typed is still there"
    assert_page(auditor.send(f"{at}/again", **said, financial_year="FY"), 422)
    place = went(auditor.send(f"{at}/again", **said, decimal=",", date_order="dmy", delimiter=";", encoding="utf-8"))
    ledgers.run_queued(world, "import_ledger")
    assert number_in(place.partition("?")[0]) != number
    assert "Debit not stated 1 000.50" in read(auditor, place)


def test_totals_that_were_declared_still_hold_when_a_table_is_read_again(world: World, auditor: Visitor) -> None:
    table = b"Tag\tKto\tWert\n2025-12-31\t6200\t1.00\n2025-12-31\t1000\t-1.00\n"
    mapping = {"columns": {"date": "Datum"}, "declared": {"entries": 7}, "delimiter": "\t"}
    number = ledgers.imported(world, table, mapping=orjson.dumps(mapping).decode())["id"]
    said = {"column-date": "Tag", "column-account": "Kto", "column-amount": "Wert", "delimiter": "tab"}
    place = went(auditor.send(f"/pages/ledgers/{number}/again", **said))
    ledgers.run_queued(world, "import_ledger")
    assert "Entries 7" in read(auditor, place)
    assert "test=declared_totals" in auditor.open(place).text


def test_an_import_that_was_cancelled_says_so(world: World, auditor: Visitor) -> None:
    rows = ledgers.rows_of(*ledgers.entry(1))
    files = {"file": ("books.csv", rows, "text/csv")}
    data = {"csrf": auditor.token(), "kind": "general"}
    answer = auditor.client.post(
        f"/pages/engagements/{world.id}/ledgers", data=data, files=files, headers={"Origin": auditor.origin}
    )
    job = went(answer).partition("job=")[2]
    assert world.auditor.client.post(f"/api/v1/jobs/{job}/cancel").is_success
    shown = read(auditor, went(answer))
    assert "The job has been cancelled." in shown
    assert "is being read" not in shown


def test_what_is_no_ledger_is_refused(world: World, auditor: Visitor) -> None:
    place = f"/pages/engagements/{world.id}/ledgers"
    picture = {"file": ("scan.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, "image/png")}
    assert_page(uploaded(auditor, place, title=None, files=picture), 422)
    assert_page(uploaded(auditor, place, title=None, csrf="made-up"), 403)
    assert_page(uploaded(auditor, place, title=None, files={"file": ("", b"", "text/plain")}), 422)
    assert "scan.png" not in read(auditor, f"/pages/engagements/{world.id}/evidence")


def test_attributes_are_sampled_from_the_plan_to_the_evaluation(world: World, auditor: Visitor) -> None:
    rows = [row for number in range(1, 81) for row in ledgers.entry(number)]
    ledger = imported(world, auditor, ledgers.rows_of(*rows), name="Bills")
    population = frozen(world, auditor, ledger, side="debit")
    at = planned(world, auditor, population, tolerable="5", expected="0")
    assert "Size 59" in read(auditor, at), "5 % risk, 5 % tolerable, none expected"
    assert_page(auditor.send(f"{at}/select", seed="two words"), 422)
    assert went(auditor.send(f"{at}/select", seed="2025")).endswith("done=selected")
    assert "Seed 2025" in read(auditor, at)
    assert "59 of 59 items have no result yet." in read(auditor, at)
    assert_page(auditor.send(f"{at}/evaluate"), 409)
    held = {f"result-{position}": "holds" for position in range(1, 60)}
    version = version_in(auditor.open(at))
    odd = auditor.send(f"{at}/results", version=version, **{**held, "result-7": "perhaps"})
    assert_page(odd, 422)
    assert "item 7</strong>" in odd.text
    found = {**held, "result-7": "deviation"}
    assert went(auditor.send(f"{at}/results", version=version, **found)).endswith("done=recorded")
    assert went(auditor.send(f"{at}/evaluate")).endswith("done=evaluated")
    shown = read(auditor, at)
    assert "Deviations 1" in shown
    assert "takes the evaluation back" in shown


@pytest.mark.parametrize(
    ("aim", "told"),
    [
        ({"risk": "much"}, "a number of percent from 0.1 to 50"),
        ({"risk": "60"}, "a number of percent from 0.1 to 50"),
        ({"risk": "1e99999999"}, "a number of percent from 0.1 to 50"),
        ({"tolerable": "100"}, "above 0 and below 100"),
        ({"tolerable": "NaN"}, "above 0 and below 100"),
        ({"expected": "9"}, "below what is tolerable"),
    ],
)
def test_a_plan_that_cannot_be_is_told_in_the_units_of_the_form(
    world: World, auditor: Visitor, aim: dict[str, str], told: str
) -> None:
    asked = {"name": "x", "population_id": str(of_a_bill(world)), "method": "attribute", "risk": "5", "tolerable": "5"}
    wrong = auditor.send(f"/pages/engagements/{world.id}/samples", **{**asked, **aim})
    assert_page(wrong, 422)
    assert told in wrong.text
    assert f'value="{next(iter(aim.values()))}"' in wrong.text, "what was typed is still there"


def test_a_note_is_kept_by_itself_and_a_result_is_taken_back(world: World, auditor: Visitor) -> None:
    at = f"/pages/samples/{things.sample('selected')(world)['sample_id']}"
    note = "asked the clerk:\nshe waits " + "\N{CYRILLIC SMALL LETTER ZHE}" * 1900
    version = version_in(auditor.open(at))
    assert went(auditor.send(f"{at}/items/1", note=note, version=version)).endswith("done=recorded")
    kept = auditor.open(at)
    assert note in html.unescape(kept.text)
    assert 'value="holds" selected' in kept.text, "the result stays"
    assert_page(auditor.send(f"{at}/items/2", note="x", version=version), 404)
    stale = auditor.send(f"{at}/items/1", note="Mine", version=version)
    assert_page(stale, 412)
    assert ">\nMine</textarea>" in stale.text
    version = version_in(kept)
    same = auditor.send(f"{at}/results", version=version, shown="holds", **{"result-1": "holds"})
    assert went(same).endswith("done=unchanged")
    for shown in ("holds", "", "holds,holds,holds", "deviation"):
        nothing = auditor.send(f"{at}/results", version=version, shown=shown)
        assert went(nothing).endswith("done=unchanged"), "a field that is not sent says nothing"
    back = auditor.send(f"{at}/results", version=version, shown="holds", **{"result-1": ""})
    assert went(back).endswith("done=recorded")
    assert "1 of 1 items have no result yet." in read(auditor, at)
    assert note in html.unescape(auditor.open(at).text)


def test_nobody_writes_over_what_somebody_else_has_found_meanwhile(world: World, auditor: Visitor) -> None:
    at = f"/pages/samples/{two_items(world)}"
    version = version_in(auditor.open(at))
    theirs = {"version": version, "shown": "holds,holds", "result-1": "deviation", "result-2": "holds"}
    assert went(auditor.send(f"{at}/results", **theirs)).endswith("done=recorded")
    mine = {"version": version, "shown": "holds,holds", "result-1": "holds", "result-2": "deviation"}
    page = auditor.send(f"{at}/results", **mine)
    assert_page(page, 412)
    assert "Somebody else has changed it" in page.text
    assert page.text.count('value="deviation" selected') == 2, "theirs on the first item, mine on the second"


def of_a_bill(world: World) -> int:
    number: int = things.population(is_frozen=True)(world)["population_id"]
    return number


def two_items(world: World) -> int:
    """The id of a sample with two items, both of which hold."""
    number: int = things.sample("selected")(world)["sample_id"]
    past_rules(world.url, SECOND_ITEM, id=number)
    return number


def test_monetary_units_are_sampled_from_the_plan_to_the_evaluation(world: World, auditor: Visitor) -> None:
    rows = [row for number in range(1, 41) for row in ledgers.entry(number)]
    ledger = imported(world, auditor, ledgers.rows_of(*rows), name="Receivables")
    population = frozen(world, auditor, ledger, side="debit")
    at = planned(world, auditor, population, method="monetary_unit", tolerable="1500", expected="0")
    assert went(auditor.send(f"{at}/select")).endswith("done=selected")
    page = auditor.open(at).text
    positions = re.findall(r'name="result-(\d+)"', page)
    recorded = {f"result-{position}": "=" for position in positions}
    found = {**recorded, f"result-{positions[0]}": "60.01"}
    odd = auditor.send(f"{at}/results", version=version_in(auditor.open(at)), **{**found, "result-1": "a lot"})
    assert_page(odd, 422)
    assert went(auditor.send(f"{at}/results", version=version_in(auditor.open(at)), **found)).endswith("done=recorded")
    before = version_in(auditor.open(at))
    assert went(auditor.send(f"{at}/results", version=before, **found)).endswith("done=unchanged")
    assert version_in(auditor.open(at)) == before, "what says nothing new is not written again"
    assert went(auditor.send(f"{at}/evaluate")).endswith("done=evaluated")
    assert "Misstated 1" in read(auditor, at)


def test_more_items_than_a_form_holds_are_shown_without_one(world: World, auditor: Visitor) -> None:
    rows = [row for number in range(1, 601) for row in ledgers.entry(number)]
    ledger = imported(world, auditor, ledgers.rows_of(*rows), name="Many bills")
    at = planned(world, auditor, frozen(world, auditor, ledger, side="debit"), tolerable="0.5", expected="0")
    assert went(auditor.send(f"{at}/select")).endswith("done=selected")
    page = auditor.open(at).text
    assert "recorded over the interface for programs" in page
    assert "Size 598" in read(auditor, at)
    assert 'name="result-' not in page


def test_two_ledgers_are_reconciled_and_what_remains_is_listed(world: World, auditor: Visitor) -> None:
    booked = [row for number in range(1, 5) for row in ledgers.entry(number, ("1000", f"{number}00.00"))]
    paid = [
        row for number in range(2, 6) for row in ledgers.entry(number, ("1000", f"{number}00.00"), date="2025-03-02")
    ]
    sides = [imported(world, auditor, ledgers.rows_of(*rows), name=name, kind="bank")
             for name, rows in (("Statement", paid), ("Cash", booked))]  # fmt: skip
    at = f"/pages/engagements/{world.id}/reconciliations"
    asked = {"kind": "bank", "left_ledger_id": str(sides[0]), "right_ledger_id": str(sides[1]), "tolerance": "0"}
    same = auditor.send(at, **{**asked, "right_ledger_id": str(sides[0])}, days="5")
    assert_page(same, 422)
    assert "the two sides must not be the same lines" in html.unescape(same.text)
    assert_page(auditor.send(at, **asked, days="400"), 422)
    place = went(auditor.send(at, **asked, days="31", left_accounts="1000, 1010"))
    assert place.endswith("done=made")
    shown = read(auditor, place)
    assert "Not matched 1 1" in shown
    assert "1000, 1010 with all" in shown
    one = place.partition("?")[0]
    for what, found in (("left", "500.00"), ("right", "100.00"), ("exact", "3 matches"), ("tolerance", "0 matches")):
        assert found in read(auditor, f"{one}?what={what}").partition("Show")[2], what
    assert "1 line." in read(auditor, f"{one}?what=nonsense")


def test_an_archive_begins_nothing(world: World, lead: Visitor) -> None:
    engagement = world.new_engagement()["id"]
    ledger = ledgers.imported(world, ledgers.rows_of(*ledgers.entry(1)), engagement=engagement)["id"]
    world.archive(engagement)
    here = f"/pages/engagements/{engagement}"
    for part in ("", "/procedures", "/tests", "/reconciliations", "/populations", "/samples"):
        assert 'method="post"' not in lead.open(f"{here}{part}").text.partition("<main")[2]
    assert 'method="post"' not in lead.open(f"/pages/ledgers/{ledger}").text.partition("<main")[2]
    for path, fields in (
        (f"{here}/procedures", {"code": "A", "title": "B"}),
        (f"{here}/populations", {"name": "x", "source": str(ledger)}),
        (f"/pages/ledgers/{ledger}/tests", {"gap": "on"}), (f"/pages/ledgers/{ledger}/again", {"name": "x"}),
    ):  # fmt: skip
        assert_page(lead.send(path, **fields), 409)
