"""What the page of a sample says of its plan and its evaluation."""

from portico.apps.audit.pages.sample_facts import bounds, evaluated, planned

ATTRIBUTE = {
    "method": "attribute",
    "plan": {"distribution": "binomial", "inputs": {"risk": 0.05, "tolerable": 0.05, "expected": 0.0}},
    "evaluation": {"items": 59, "deviations": 1, "rate": 0.016949, "upper_limit": 0.077918, "risk": 0.05},
}
PART = {"known": 0.0, "projected": 6122.42, "basic": 122274.29, "allowance": 4580.39, "upper": 132977.1}
MONEY = {
    "method": "monetary_unit",
    "plan": {"interval": 40816.16, "inputs": {"risk": 0.05, "tolerable": 150000.0, "population_value": 4812022.18}},
    "evaluation": {"upper_limit": 132977.1, "misstated": 1, "overstatement": PART, "understatement": PART},
}


def test_attributes_are_rates_with_all_their_decimals() -> None:
    """A limit was rounded up: with fewer decimals it would say too little."""
    assert dict(planned(ATTRIBUTE)) == {
        "Risk": "5 %", "Tolerable": "5 %", "Expected": "0 %", "Distribution": "binomial"
    }  # fmt: skip
    assert dict(evaluated(ATTRIBUTE)) == {
        "Items": "59", "Deviations": "1", "Rate": "1.6949 %", "Upper limit": "7.7918 %", "Risk": "5 %"
    }  # fmt: skip
    assert bounds(ATTRIBUTE) == []


def test_monetary_units_are_amounts_and_tell_what_their_limits_are_made_of() -> None:
    said = {name: text.replace("\N{NO-BREAK SPACE}", " ") for name, text in planned(MONEY) + evaluated(MONEY)}
    assert (said["Tolerable"], said["Interval"], said["Upper limit"]) == ("150 000.00", "40 816.16", "132 977.10")
    assert said["Population value"] == "4 812 022.18"
    assert [part for part, *_ in bounds(MONEY)] == ["known", "projected", "basic", "allowance", "upper"]


def test_what_is_not_evaluated_says_nothing() -> None:
    assert evaluated({**MONEY, "evaluation": None}) == bounds({**MONEY, "evaluation": None}) == []
