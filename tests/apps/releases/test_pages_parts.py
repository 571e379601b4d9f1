"""What pages are made of: times in words, and charts whose bars stand where the numbers are."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portico.apps.releases.deployments.models import STATES as DEPLOYMENT_STATES
from portico.apps.releases.dora.charts import BOTTOM, HEIGHT, LEFT, WIDTH, chart, written
from portico.apps.releases.formats import LOOKS, ago, duration, moment
from portico.apps.releases.releases.models import STATES as RELEASE_STATES
from portico.apps.releases.site import HERE
from portico.kernel import static_files

COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
STATIC_FILES = [static_files.OWN / "portico.css", HERE / "static/releases.css"]
START = datetime(2026, 3, 2, tzinfo=UTC)


def metric(*values: float | None, unit: str = "percent") -> dict[str, Any]:
    trend = [{"from": START + timedelta(days=7 * place), "value": value} for place, value in enumerate(values)]
    return {"unit": unit, "trend": trend}


def test_bars_are_as_high_as_their_numbers_and_what_is_not_known_is_no_bar() -> None:
    found = chart(metric(10, None, 20, 0), "week")
    low, nothing, high, zero = found.bars
    assert high.height == pytest.approx(2 * low.height, abs=0.1)
    assert [each.is_empty for each in found.bars] == [False, True, False, False]
    assert zero.height == 1
    assert zero.height < nothing.height
    assert {each.y + each.height for each in found.bars} == {HEIGHT - BOTTOM}
    assert [level.text for level in found.levels] == ["0 %", "10 %", "20 %"]
    assert nothing.text == "Week from 2026-03-09: no data"
    assert found.description == "4 weeks; between 0 % and 20 %, 1 of them without data."


@pytest.mark.parametrize("count", [0, 1, 2, 27, 121])
@pytest.mark.parametrize("value", [None, 0, 0.04, 1, 99.9, 1e9])
@pytest.mark.parametrize("unit", ["percent", "days", "seconds"])
def test_every_chart_stays_within_its_frame(count: int, value: float | None, unit: str) -> None:
    found = chart(metric(*[value] * count, unit=unit), "month")
    assert 2 <= len(found.levels) <= 3
    assert len(found.dates) <= 4
    for bar in found.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH
        assert bar.y >= 0
        assert bar.width > 0


def test_values_are_written_with_their_units() -> None:
    assert written(None, "percent") == "no data"
    assert (written(17.4, "percent"), written(1, "days"), written(5400, "seconds")) == ("17.4 %", "1 day", "1 h 30 min")


def test_durations_name_their_two_largest_units() -> None:
    assert [duration(each) for each in (0, 59.6, 3600, 90_061, 10**8)] == [
        "0 s", "1 min", "1 h", "1 d 1 h", "1157 d 9 h"
    ]  # fmt: skip
    assert duration(None) == "no data"
    assert ago(START, START + timedelta(hours=30)) == "1 d"
    assert moment(START.astimezone()) == "2026-03-02 00:00 UTC"


def test_every_state_that_calls_for_attention_has_a_look_of_its_own() -> None:
    plain = {"draft", "withdrawn", "archived", "cancelled"}
    assert {*RELEASE_STATES, *DEPLOYMENT_STATES} - set(LOOKS) == plain


def test_what_is_written_can_be_read_in_the_light_and_in_the_dark() -> None:
    """4.5 to 1 for text (WCAG 2.2, 1.4.3), 3 to 1 for the bars of charts (1.4.11)."""
    for scheme in schemes(STATIC_FILES):
        for ink in ("good", "busy", "waiting", "wrong"):
            assert contrast(scheme[ink], scheme[f"{ink}-sheet"]) >= 4.5, ink
        for ink in ("ink", "soft", "accent"):
            assert contrast(scheme[ink], scheme["sheet"]) >= 4.5, ink
            assert contrast(scheme[ink], scheme["paper"]) >= 4.5, ink
        assert contrast(scheme["soft"], scheme["wrong-sheet"]) >= 4.5
        assert contrast(scheme["chart"], scheme["sheet"]) >= 3
        assert contrast(scheme["edge"], scheme["sheet"]) >= 3


def schemes(files: list[Path]) -> list[dict[str, str]]:
    """The colours of the light scheme, and of the dark one, which changes some of them."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for file in files:
        first, second = re.findall(r":root \{(.*?)\}", file.read_text(), re.DOTALL)
        light |= dict(COLOUR.findall(first))
        dark |= dict(COLOUR.findall(second))
    return [light, light | dark]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
