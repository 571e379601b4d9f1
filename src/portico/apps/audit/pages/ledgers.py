"""Ledgers and tests on pages: totals, what was tested and what that brought up, and Benford's law as pictures."""

from typing import Any, get_args

from portico.apps.audit.exceptions.benford import SIDE, Benford, Digits
from portico.apps.audit.exceptions.catalog import NAMES
from portico.apps.audit.exceptions.schemas import ExceptionIn
from portico.apps.audit.exceptions.service import ExceptionNotFound, ExceptionService, benford_of
from portico.apps.audit.formats import count, words
from portico.apps.audit.ledgers.mapping import USUAL
from portico.apps.audit.ledgers.schemas import Kind
from portico.apps.audit.ledgers.service import LedgerNotFound
from portico.apps.audit.pages import ledger_reads
from portico.apps.audit.pages.charts import digits, exceptions_by_test
from portico.apps.audit.pages.engagements import found
from portico.apps.audit.site import Chosen, Desk, ReadingDesk, WritingDesk, shown, site
from portico.kernel import job_status
from portico.kernel.database import Row
from portico.kernel.errors import existing
from portico.kernel.forms import Done, Form, typed
from portico.kernel.inputs import Id
from portico.kernel.listing import Cursor, IdFilter
from portico.kernel.pages import page_router

DECISIONS = (("open", "Open"), ("cleared", "Cleared"), ("followed_up", "Followed up"))
KINDS = [(name, words(name)) for name in get_args(Kind)]
COLUMN = "column-"
"""What a field's name begins with that says how the file calls one of the columns."""
TAB = "tab"
"""A field that holds nothing else than white space is empty."""
DELIMITERS = ((",", "a comma"), (";", "a semicolon"), (TAB, "a tab"), ("|", "a bar"))
LOOKED_AT: tuple[tuple[Digits, str], ...] = (("first", "First digit"), ("first_two", "First two digits"))

ledger_pages = page_router()


@ledger_pages.get("/engagements/{engagement_id}/tests", summary="The ledgers of an engagement, and the tests of them")
async def show_tests(engagement_id: Id, desk: ReadingDesk) -> Any:
    engagement = await found(desk, engagement_id)
    runs = await ledger_reads.runs(desk.connection, engagement_id)
    by_test: dict[str, dict[str, Any]] = {}
    for run in runs:
        row = by_test.setdefault(run["test"], {"test": run["test"], "open": 0, "decided": 0})
        row["open"] += run["open"]
        row["decided"] += run["found"] - run["open"]
    return await desk.part(
        "tests.html", "Ledgers and tests", engagement, runs=runs, picture=exceptions_by_test(list(by_test.values())),
        ledgers=await ledger_reads.ledgers(desk.connection, engagement_id),
        kinds=KINDS,
    )  # fmt: skip


@ledger_pages.get("/ledgers/{ledger_id}", summary="A ledger, its digits and its exceptions")
async def show_ledger(
    ledger_id: Id, desk: ReadingDesk, test: Chosen = "", decision: Chosen = "", cursor: Cursor = None, done: Done = "",
    job: IdFilter = None,
) -> Any:  # fmt: skip
    return await ledger_page(
        desk, ledger_id, test=test, decision=decision, cursor=cursor, work=await _work(desk, job),
        done="Your decision is on record." if done else "",
    )  # fmt: skip


async def ledger_page(
    desk: Desk, ledger_id: int, *, test: str = "", decision: str = "", cursor: str | None = None,
    work: Row | None = None, **values: Any,
) -> Any:  # fmt: skip
    """`work` is a job of the caller's, whose end the page tells."""
    ledger = existing(await ledger_reads.ledger(desk.connection, desk.me, ledger_id), LedgerNotFound(ledger_id))
    engagement = await found(desk, ledger["engagement_id"])
    runs = await ledger_reads.runs(desk.connection, engagement["id"], ledger_id)
    listed = await ledger_reads.exceptions(desk.connection, ledger_id, test=test, decision=decision, cursor=cursor)
    return await desk.part(
        "ledger.html", "Ledgers and tests", engagement, ledger=ledger, runs=runs, exceptions=listed["items"],
        total=listed["total"], following=listed["next_cursor"], is_later=cursor is not None, test=test,
        decision=decision, decisions=DECISIONS, filters=_filters(test=test, decision=decision),
        tests=[(run["test"], words(run["test"])) for run in runs], is_open=engagement["state"] != "archived",
        benford=await _benford(desk, ledger_id) if ledger["state"] == "imported" else [], work=work,
        every_test=NAMES, column=COLUMN, columns=USUAL,
        delimiters=DELIMITERS, kinds=KINDS, **values,
    )  # fmt: skip


@ledger_pages.post("/exceptions/{exception_id}", summary="Decide on an exception from the page of its ledger")
async def decide(exception_id: Id, desk: WritingDesk, form: Form) -> Any:
    row = await ledger_reads.exception(desk.connection, desk.me, exception_id)
    ledger_id = existing(row, ExceptionNotFound(exception_id))["ledger_id"]
    body = typed(ExceptionIn, {"decision": form.get("decision", ""), "reason": form.get("reason", "")})
    service = ExceptionService(desk.write, desk.access, desk.now)
    await service.decide(exception_id, shown(form), **body.model_dump())
    where = _filters(test=form.get("test", ""), decision=form.get("decision_shown", ""), done="decided")
    return site.go_to(desk.request, f"/pages/ledgers/{ledger_id}", **where)


async def _work(desk: Desk, job_id: int | None) -> Row | None:
    """Where a job of the caller's stands. Whoever is given a link to one of somebody else's sees the page without."""
    assert desk.access.caller is not None  # noqa: S101 - else nobody would see the page
    try:
        return await job_status.show(desk.connection, job_id or 0, app="audit", owner=desk.access.caller.key)
    except job_status.NoSuchJob:
        return None


async def _benford(desk: Desk, ledger_id: int) -> list[dict[str, Any]]:
    """The pictures of a ledger's digits, with their figures and what these say in words."""
    pictures = []
    for name, title in LOOKED_AT:
        compared = await benford_of(desk.connection, ledger_id, name)
        if compared.amounts:
            rows = [(str(each.digits), each.share, each.expected_share) for each in compared.counts]
            picture = digits(name.replace("_", "-"), rows)
            pictures.append({"title": title, "rows": rows, "picture": picture, "verdict": _verdict(compared)})
    return pictures


def _verdict(compared: Benford) -> str:
    notable = ", ".join(str(each.digits) for each in compared.counts if each.stands_out)
    few = " With so few amounts that is said and not judged." if compared.is_few else ""
    return (
        f"{count(compared.amounts)} {SIDE}s of 10 or more. Chi-squared {compared.chi_squared:.1f} with "
        f"{compared.degrees} degrees of freedom, p-value {compared.p_value:.3g}; mean absolute deviation "
        f"{compared.mean_absolute_deviation:.4f}: {compared.conformity}.{few}"
        + (f" More often than expected: {notable}." if notable else "")
    )


def _filters(**chosen: str) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if value}
