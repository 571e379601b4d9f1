"""Labels, read back by a scanner's eye: a decoder that is no relative of the encoders looks at the rendered picture."""

import shutil
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Error, Page, sync_playwright

from tests.apps.factory.world import API, Company, World, done
from tests.contract.shop import unique

DOTS = 203
"""Per inch: what the usual label printer has."""


@pytest.fixture
def ours(shared_world: World) -> Company:
    return shared_world.ours


@pytest.fixture(scope="module")
def things(shared_world: World) -> dict[str, tuple[int, str]]:
    """By its kind, the id of each thing that has a label, and what its symbol has to say."""
    world = shared_world
    project = world.add("projects", code=unique("P"), name="Block 7", customer="Слънчев бряг ЕООД")
    component = world.add("components", code=unique("W"), name="Window", project_id=project["id"])
    assembly = world.add(
        "assemblies", code=unique("A"), name="Frame", component_id=component["id"], trolley="T1", cell="12"
    )
    piece = world.add(
        "pieces", barcode=unique("DEL-2026-00017-W01-F-"), assembly_id=assembly["id"], outer_length=1234.5,
        left_angle=45, right_angle=90, profile="70-frame", colour="бяло <RAL 9016>", material="PVC",
    )  # fmt: skip
    material = world.add("materials", code=unique("M"), name="Profile & more", unit="m")
    lot = world.add("lots", code=unique("LOT-"), material_id=material["id"], supplier="Rehau", supplier_lot="4711")
    trolley = world.add("locations", code=unique("TR-"), kind="trolley")
    worker = world.person("Operator")
    station = world.new_station(name=unique("Saw"), location="Hall 1")
    return {
        "piece": (piece["id"], piece["barcode"]), "assembly": (assembly["id"], assembly["code"]),
        "component": (component["id"], component["code"]), "lot": (lot["id"], lot["code"]),
        "trolley": (trolley["id"], trolley["code"]), "user": (worker["id"], str(worker["guid"])),
        "workstation": (station["id"], str(station["guid"])),
    }  # fmt: skip


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    """A page as dense as that of a tablet."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        except Error:
            pytest.skip("there is no Chromium to render SVG with")
        page = browser.new_page(device_scale_factor=2)
        yield page
        browser.close()


KINDS = ("piece", "assembly", "component", "lot", "trolley", "user", "workstation")
SQUARE = ("user", "workstation")


def seen(picture: Image.Image) -> list[tuple[str, str]]:
    return [(each.text, str(each.format)) for each in zxingcpp.read_barcodes(picture)]


def printed(document: bytes) -> Image.Image:
    (page,) = pypdfium2.PdfDocument(document)
    picture: Image.Image = page.render(scale=DOTS / 72).to_pil()
    return picture


def words(document: bytes) -> str:
    (page,) = pypdfium2.PdfDocument(document)
    text: str = page.get_textpage().get_text_bounded()
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_a_printed_label_is_read_back(ours: Company, things: dict[str, Any], kind: str) -> None:
    thing_id, code = things[kind]
    found = ours.admin.client.get(f"{API}/labels/{kind}/{thing_id}.pdf")
    assert found.headers["content-type"] == "application/pdf"
    assert seen(printed(found.content)) == [(code, "QR Code" if kind in SQUARE else "Code 128")]


def test_a_label_on_the_screen_is_read_back(ours: Company, things: dict[str, Any], browser_page: Page) -> None:
    for kind in KINDS:
        thing_id, code = things[kind]
        found = ours.admin.client.get(f"{API}/labels/{kind}/{thing_id}.svg")
        assert found.headers["content-type"].startswith("image/svg+xml")
        assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"
        browser_page.set_content(found.text)
        picture = browser_page.locator("svg").screenshot()
        assert seen(Image.open(BytesIO(picture))) == [(code, "QR Code" if kind in SQUARE else "Code 128")]
        assert browser_page.locator("svg text").count() >= 2
    assert browser_page.locator("svg text").all_text_contents()[-1] == ours.name


def test_a_piece_s_label_tells_what_its_reader_needs(ours: Company, things: dict[str, Any]) -> None:
    found = words(ours.floor.get(f"{API}/labels/piece/{things['piece'][0]}.pdf").content)
    for part in (
        "1234.5 mm",
        "45°/90°",
        "70-frame",
        "бяло <RAL 9016>",
        "Window Frame",
        "Слънчев бряг",
        things["piece"][1],
    ):
        assert part in found


def test_what_code_128_cannot_say_or_only_too_finely_becomes_a_square(ours: Company, shared_world: World) -> None:
    for code in (unique("Количка-"), "X" * 60 + unique("")):
        trolley = shared_world.add("locations", code=code, kind="trolley", name="A very long name " * 6)
        found = ours.floor.get(f"{API}/labels/trolley/{trolley['id']}.pdf")
        assert seen(printed(found.content)) == [(code, "QR Code")]


def test_a_badge_is_for_who_manages_it_and_nothing_for_strangers(
    ours: Company, shared_world: World, things: dict[str, Any]
) -> None:
    badge = f"{API}/labels/user/{things['user'][0]}.svg"
    assert ours.manager.client.get(badge).status_code == 403
    own = done(ours.operator.client.get(f"{API}/auth/me"))["id"]
    assert ours.operator.client.get(f"{API}/labels/user/{own}.svg").status_code == 200
    for kind in KINDS:
        assert shared_world.theirs.admin.client.get(f"{API}/labels/{kind}/{things[kind][0]}.svg").status_code == 404
        assert ours.admin.client.get(f"{API}/labels/{kind}/1.png").status_code == 404
    store = shared_world.add("locations", code=unique("S"), kind="store")
    assert ours.floor.get(f"{API}/labels/trolley/{store['id']}.svg").status_code == 404
    assert ours.floor.get(f"{API}/labels/sheep/1.svg").status_code in (404, 422)
