"""What is decided about samples on their pages: a population, a plan, the draw, what was found and what that says."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from portico.apps.audit.pages import work_reads
from portico.apps.audit.pages.samples import AS_RECORDED, populations_page, result_fields, sample_page, samples_page
from portico.apps.audit.populations.schemas import Filter, PopulationIn
from portico.apps.audit.populations.service import PopulationService
from portico.apps.audit.samples.schemas import ResultIn, SampleIn, SelectIn
from portico.apps.audit.samples.service import SampleNotFound, SampleService
from portico.apps.audit.site import ENGAGEMENTS, WritingDesk, filled, refused, shown
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput, NotFound, PreconditionFailed, existing
from portico.kernel.forms import Form, checked, typed
from portico.kernel.inputs import Id
from portico.kernel.pages import page_router

FOUND = {"holds": False, "deviation": True}
RATES = ("tolerable", "expected")
"""What the form asks in percent of attributes, and as amounts of monetary units. The risk is always in percent."""
IN_PERCENT = {
    "risk": "is a number of percent from 0.1 to 50, with up to two decimals",
    "tolerable": "is a number of percent above 0 and below 100, with up to two decimals",
    "expected": "is a number of percent below what is tolerable, with up to two decimals",
}
NO_SPACES = dict.fromkeys(map(ord, " \N{NO-BREAK SPACE}"))
"""Amounts are typed as pages show them."""

sampling_pages = page_router()


class NoSuchItem(NotFound):
    message = "There is no such item in the sample."


@sampling_pages.post("/engagements/{engagement_id}/populations", summary="Define a population from the form")
async def define(engagement_id: Id, desk: WritingDesk, form: Form) -> Any:
    passing, wrong = checked(Filter, filled(form, Filter.model_fields))
    body, errors = checked(PopulationIn, filled(form, ("source", "name")))
    if body is None or passing is None:
        return await populations_page(desk, engagement_id, status=422, values=form, errors={**wrong, **errors})
    service = PopulationService(desk.write, desk.access, desk.now)
    await service.create(source=body.source, engagement_id=engagement_id, name=body.name, filter=passing.stored())
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}/populations", "defined")


@sampling_pages.post("/populations/{population_id}/freeze", summary="Freeze a population from its list")
async def freeze(population_id: Id, desk: WritingDesk, _: Form) -> Any:
    service = PopulationService(desk.write, desk.access, desk.now)
    engagement_id = await service.freeze(population_id)
    return desk.go_to(f"{ENGAGEMENTS}/{engagement_id}/populations", "frozen")


@sampling_pages.post("/engagements/{engagement_id}/samples", summary="Plan a sample from the form")
async def plan(engagement_id: Id, desk: WritingDesk, form: Form) -> Any:
    said = filled(form, SampleIn.model_fields)
    asked = {name: _part(said[name]) if name in _in_percent(said) else said[name] for name in said}
    body, errors = checked(SampleIn, asked)
    if body is None:
        return await samples_page(desk, engagement_id, status=422, values=form, errors=_in_words(said, errors))
    try:
        sample_id = await SampleService(desk.write, desk.access, desk.now).create(
            engagement_id, population_id=body.population_id, procedure_id=body.procedure_id, name=body.name,
            aim={**body.aim(), "distribution": body.distribution},
        )  # fmt: skip
    except InvalidInput as refusal:
        return await refused(
            desk, InvalidInput(details=_in_words(said, refusal.details)), form, samples_page, engagement_id
        )
    return _at(desk, sample_id, "planned")


@sampling_pages.post("/samples/{sample_id}/select", summary="Draw a sample from its page")
async def draw(sample_id: Id, desk: WritingDesk, form: Form) -> Any:
    seed = typed(SelectIn, filled(form, ("seed",))).seed
    await SampleService(desk.write, desk.access, desk.now).select(sample_id, seed)
    return _at(desk, sample_id, "selected")


@sampling_pages.post("/samples/{sample_id}/results", summary="Write down what was found in a sample's items")
async def record(sample_id: Id, desk: WritingDesk, form: Form) -> Any:
    """Only what is said otherwise than the page had it: nobody writes over what they have not touched."""
    sample = await _sample(desk, sample_id)
    typed_anew = _typed_anew(sample, form)
    results, errors = _results(sample, typed_anew)
    if errors:
        return await sample_page(desk, sample_id, status=422, values=typed_anew, errors=errors)
    if not results:
        return _at(desk, sample_id, "unchanged")
    return await _record(desk, sample_id, form, results, typed_anew)


@sampling_pages.post("/samples/{sample_id}/items/{position}", summary="Write a note on an item of a sample")
async def write_note(sample_id: Id, position: Id, desk: WritingDesk, form: Form) -> Any:
    sample = await _sample(desk, sample_id)
    item = existing(next((each for each in sample["items"] if each["position"] == position), None), NoSuchItem())
    note = form.get("note", "").strip()
    result = typed(ResultIn, {"position": position, **_stored(item), "note": note})
    return await _record(desk, sample_id, form, [result], {f"note-{position}": note})


@sampling_pages.post("/samples/{sample_id}/evaluate", summary="Set a sample beside what is tolerable, from its page")
async def evaluate(sample_id: Id, desk: WritingDesk, _: Form) -> Any:
    await SampleService(desk.write, desk.access, desk.now).evaluate(sample_id)
    return _at(desk, sample_id, "evaluated")


async def _sample(desk: WritingDesk, sample_id: int) -> Row:
    return existing(await work_reads.sample(desk.connection, desk.me, sample_id), SampleNotFound(sample_id))


async def _record(
    desk: WritingDesk, sample_id: int, form: Mapping[str, str], results: list[ResultIn], typed_anew: Mapping[str, str]
) -> Any:
    service = SampleService(desk.write, desk.access, desk.now)
    try:
        await service.record(sample_id, shown(form), [each.model_dump() for each in results])
    except PreconditionFailed as conflict:
        return await refused(desk, conflict, typed_anew, sample_page, sample_id)
    return _at(desk, sample_id, "recorded")


def _in_percent(said: Mapping[str, str]) -> Collection[str]:
    return ("risk", *RATES) if said.get("method") == "attribute" else ("risk",)


def _part(percent: str) -> str:
    """Percent as a part of one. What is no number is left for the check to tell."""
    try:
        return str(Decimal(percent) / 100)
    except ArithmeticError:
        return percent


def _in_words(said: Mapping[str, str], errors: Mapping[str, Any]) -> dict[str, Any]:
    """What is wrong with a plan, in the units of the form."""
    words = {name: IN_PERCENT[name] if name in _in_percent(said) else text for name, text in errors.items()}
    if "population_value" in words:
        words["population_id"] = f"its value {words.pop('population_value')}"
    return words


def _typed_anew(sample: Row, form: Mapping[str, str]) -> dict[str, str]:
    """The fields of results that hold something else than when the page was shown."""
    fields = result_fields(sample)
    before = dict(zip(fields, form.get("shown", "").split(","), strict=False))
    now = {name: form[name].strip() for name in fields if name in form}
    return {name: said for name, said in now.items() if said != before.get(name)}


def _results(sample: Row, typed_anew: Mapping[str, str]) -> tuple[list[ResultIn], dict[str, str]]:
    """What differs from what is on record, and what is wrong with it by item. An empty field takes a result back."""
    results, errors = [], {}
    for name, item in zip(result_fields(sample), sample["items"], strict=True):
        if name not in typed_anew:
            continue
        position, found = item["position"], _found(sample["method"], item, typed_anew[name])
        body, wrong = checked(ResultIn, {"position": position, "note": item["note"], **found})
        errors.update({f"item {position}": each for each in wrong.values()})
        if body and (body.is_deviation, body.audited_amount) != tuple(_stored(item).values()):
            results.append(body)
    return results, errors


def _found(method: str, item: Row, said: str) -> dict[str, Any]:
    if not said:
        return {}
    if method == "attribute":
        return {"is_deviation": FOUND.get(said, said)}
    return {"audited_amount": item["amount"] if said == AS_RECORDED else said.translate(NO_SPACES)}


def _stored(item: Row) -> dict[str, Any]:
    return {name: item[name] for name in ("is_deviation", "audited_amount")}


def _at(desk: WritingDesk, sample_id: int, done: str) -> Any:
    return desk.go_to(f"/pages/samples/{sample_id}", done)
