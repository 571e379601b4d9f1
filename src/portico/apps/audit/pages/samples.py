"""Populations and samples on pages: what was frozen, planned and drawn, and what it says."""

from typing import Any

from portico.apps.audit.pages import reads, sample_facts, work_reads
from portico.apps.audit.pages.engagements import found
from portico.apps.audit.samples.service import SampleNotFound, actions
from portico.apps.audit.site import Desk, ReadingDesk
from portico.kernel.database import Row
from portico.kernel.errors import existing
from portico.kernel.forms import MOST_FIELDS, Done
from portico.kernel.inputs import Id
from portico.kernel.pages import page_router

AS_RECORDED = "="
"""Typed for an audited amount, it says that the recorded one is right."""
MOST_ITEMS = MOST_FIELDS - 3
"""A form takes the results of so many items, beside its token, the version of the sample and what was shown."""
DONE = {
    "defined": "The population is defined. Freeze it when its totals are right.",
    "frozen": "The population is frozen.", "planned": "The sample is planned.", "selected": "The items are drawn.",
    "recorded": "What was found is on record.", "unchanged": "Nothing was changed.", "evaluated": "It is evaluated.",
}  # fmt: skip

sample_pages = page_router()


@sample_pages.get("/engagements/{engagement_id}/populations", summary="The populations of an engagement")
async def show_populations(engagement_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    return await populations_page(desk, engagement_id, done=DONE.get(done, ""))


@sample_pages.get("/engagements/{engagement_id}/samples", summary="The samples of an engagement")
async def show_samples(engagement_id: Id, desk: ReadingDesk) -> Any:
    return await samples_page(desk, engagement_id)


@sample_pages.get("/samples/{sample_id}", summary="A sample: its plan, its items and its evaluation")
async def show_sample(sample_id: Id, desk: ReadingDesk, done: Done = "") -> Any:
    return await sample_page(desk, sample_id, done=DONE.get(done, ""))


async def populations_page(desk: Desk, engagement_id: int, **values: Any) -> Any:
    return await desk.part(
        "populations.html", "Populations", await found(desk, engagement_id), **values,
        populations=await work_reads.populations(desk.connection, engagement_id),
        ledgers=await reads.ledgers(desk.connection, engagement_id),
    )  # fmt: skip


async def samples_page(desk: Desk, engagement_id: int, **values: Any) -> Any:
    populations = await work_reads.populations(desk.connection, engagement_id)
    return await desk.part(
        "samples.html", "Samples", await found(desk, engagement_id), **values,
        samples=await work_reads.samples(desk.connection, engagement_id),
        frozen=[(each["id"], f"{each['number']}. {each['name']}") for each in populations if each["hash"]],
        procedures=await reads.procedures(desk.connection, engagement_id),
    )  # fmt: skip


async def sample_page(desk: Desk, sample_id: int, **values: Any) -> Any:
    sample = existing(await work_reads.sample(desk.connection, desk.me, sample_id), SampleNotFound(sample_id))
    fields = result_fields(sample)
    recorded = dict(zip(fields, map(_recorded, sample["items"]), strict=True))
    possible = await actions(desk.connection, desk.access, sample_id)
    allowed = {each.action for each in possible if each.allowed}
    return await desk.part(
        "sample.html", "Samples", await found(desk, sample["engagement_id"]), sample=sample,
        planned=sample_facts.planned(sample), evaluated=sample_facts.evaluated(sample),
        bounds=sample_facts.bounds(sample), allowed=allowed,
        may_record="record" in allowed and len(fields) <= MOST_ITEMS, recorded=recorded,
        missing=[each for each in recorded.values() if not each], **values,
    )  # fmt: skip


def result_fields(sample: Row) -> list[str]:
    """How a form calls the results of a sample's items."""
    return [f"result-{item['position']}" for item in sample["items"]]


def _recorded(item: Row) -> str:
    """What is on record of an item, as it is typed."""
    if item["is_deviation"] is not None:
        return "deviation" if item["is_deviation"] else "holds"
    return "" if item["audited_amount"] is None else str(item["audited_amount"])
