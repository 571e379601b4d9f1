"""Draws are the same on every machine for ever. What is expected here was drawn once, and is never drawn anew."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portico.apps.audit.samples import selection

HASH = "0" * 64


def test_promise_5_the_same_seed_gives_the_same_items_for_ever() -> None:
    drawn = list(selection.attribute(HASH, "seed-1", size=10, count=1000))
    assert drawn == [622, 514, 258, 211, 934, 986, 964, 534, 179, 135]
    assert list(selection.attribute(HASH, "seed-1", size=5, count=5)) == [5, 2, 1, 4, 3]
    assert list(selection.attribute(HASH, "seed-2", size=3, count=5)) == [4, 2, 3]
    assert [selection.first_unit(HASH, "seed-1", interval=cents) for cents in (1, 2, 1669041)] == [1, 2, 976105]


def test_a_third_party_draws_the_same_from_what_is_documented() -> None:
    """Written from the description alone."""
    left = list(range(1, 101))
    expected = []
    for counter in range(12):
        text = f"portico sample 1\n{HASH}\nany seed\nattribute 12\n{counter}"
        place = int(sha256(text.encode()).hexdigest(), 16) % len(left)
        # Who is drawn changes places with the first of those that are left.
        left[0], left[place] = left[place], left[0]
        expected.append(left.pop(0))
    assert list(selection.attribute(HASH, "any seed", size=12, count=100)) == expected


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=20), st.integers(1, 400), st.data())
def test_promise_5_a_sample_is_within_its_population_and_no_item_is_in_it_twice(
    seed: str, count: int, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, count))
    drawn = list(selection.attribute(HASH, seed, size=size, count=count))
    assert len(drawn) == len(set(drawn)) == size
    assert set(drawn) <= set(range(1, count + 1))


@pytest.mark.parametrize("change", [{"population": "1" * 64}, {"seed": "seed-2"}, {"size": 11}])
def test_another_population_seed_or_size_gives_other_items(change: dict[str, object]) -> None:
    given = {"population": HASH, "seed": "seed-1", "size": 10, "count": 1000}
    one, other = (list(selection.attribute(**values))[:10] for values in (given, given | change))  # type: ignore[arg-type]
    assert one != other


def test_each_number_is_as_likely_as_the_others() -> None:
    draws = selection.Draws(HASH, "seed-1", "attribute 1")
    counts = [0] * 10
    for _ in range(20_000):
        counts[draws.below(10)] += 1
    assert all(1850 < count < 2150 for count in counts)  # more than three standard deviations on either side


def test_numbers_that_would_favour_some_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = 2**256 // 3 * 3  # the one integer above this is passed over

    class Digest:
        values = iter([whole, 5])

        def __init__(self, _: bytes) -> None: ...

        def digest(self) -> bytes:
            return next(self.values).to_bytes(32)

    monkeypatch.setattr(selection, "sha256", Digest)
    assert selection.Draws(HASH, "s", "p").below(3) == 2
