"""Where the bars and marks of the charts stand, and that each says in words what it shows."""

from portico.apps.audit.findings.aging import Age
from portico.apps.audit.pages.charts import (
    EDGE,
    FLOOR,
    HEIGHT,
    LEFT,
    LETTER,
    RIGHT,
    WIDTH,
    aging,
    bars,
    digits,
    exceptions_by_test,
)


def test_bars_are_as_long_as_their_figures_and_fit() -> None:
    picture = bars("b", [("long", 30, 10, "40"), ("short", 0, 20, "20"), ("none", 0, 0, "0")])
    lengths = [each.first + each.second for each in picture.bars]
    assert lengths[0] == WIDTH - LEFT - RIGHT
    assert (lengths[1] / lengths[0], lengths[2]) == (0.5, 0)
    assert picture.description == "long: 40; short: 20; none: 0"


def test_figures_that_are_long_have_their_room() -> None:
    text = "1 critical, 2 high, 3 medium, 4 low"
    [bar] = bars("b", [("late", 3, 7, text)]).bars
    assert LEFT + bar.first + bar.second + len(text) * LETTER <= WIDTH


def test_a_test_that_found_nothing_has_no_bar() -> None:
    rows = [{"test": "gap", "open": 1, "decided": 2}, {"test": "round_amount", "open": 0, "decided": 0}]
    picture = exceptions_by_test(rows)
    assert [(each.label, each.text) for each in picture.bars] == [("gap", "1 open, 2 decided")]
    assert bars("b", []).description == "nothing"


def test_ages_say_how_severe_what_is_late_is() -> None:
    picture = aging([Age("not_due", low=1), Age("31-60", high=2, critical=1), Age("over_90")])
    assert [(each.label, each.text) for each in picture.bars] == [
        ("not due yet", "1 low"), ("31-60 days late", "1 critical, 2 high"), ("over 90 days late", "none"),
    ]  # fmt: skip
    assert picture.bars[0].first == picture.bars[1].second == 0


def test_digits_stand_where_their_parts_say() -> None:
    picture = digits("first", [("1", 0.301, 0.301), ("2", 0.0, 0.176)])
    first, second = picture.digits
    assert first.top == first.expected
    assert second.top == HEIGHT - FLOOR
    assert EDGE <= first.x < second.x < second.x + second.width <= WIDTH
    assert first.text == "1: observed 30.10%, expected 30.10%"
    assert picture.description == "2 digits; the largest difference is at 2"
    assert len(picture.line.split()) == 2
    assert digits("none", []).description == "no amounts"


def test_of_ninety_pairs_of_digits_as_many_have_labels_as_have_room() -> None:
    picture = digits("first-two", [(str(pair), 0.011, 0.011) for pair in range(10, 100)])
    assert [each.label for each in picture.digits if each.is_labelled] == [str(pair) for pair in range(10, 100, 5)]
