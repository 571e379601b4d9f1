"""What is written is no formula, and is read again as it was."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portico.apps.items.transfer.csv_form import LONGEST_ROW, read
from portico.kernel.csv_cells import as_meant, written
from portico.kernel.errors import InvalidInput

CELLS = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="'=+-@\t\r\n\",;a", max_size=8),
)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_any_text_is_safe_and_comes_back_unchanged(rows: list[tuple[str, str]]) -> None:
    with read(io.BytesIO(written([("one", "two"), *rows]))) as (names, found):
        assert names == ["one", "two"]
        cells = [cells for _, cells in found]
    assert all(isinstance(row, list) for row in cells)
    assert not [cell for row in cells for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert [tuple(as_meant(cell) for cell in row) for row in cells] == rows


def test_numbers_stay_numbers() -> None:
    assert written([(-1, -2.5, None, "-1")]) == b"-1,-2.5,,'-1\r\n"


@pytest.mark.parametrize("long", [b"," * 2**20, b"a" * 2**20, b'"a\n",' * 2**18], ids=["cells", "a cell", "many lines"])
def test_a_row_that_would_fill_the_memory_is_passed_over(long: bytes) -> None:
    with read(io.BytesIO(b"one,two\n1,2\n" + long + b'x"\n3,4\n')) as (_, found):
        rows = [(line, cells) for line, cells in found if "has" not in cells]
    assert rows[:2] == [(2, ["1", "2"]), (3, f"is no CSV: row longer than {LONGEST_ROW:,} characters")]
    assert rows[-1][1] == ["3", "4"]


def test_a_first_line_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(InvalidInput), read(io.BytesIO(b"," * 2**20)):
        pass


def test_rows_keep_the_numbers_of_their_lines_after_a_long_one() -> None:
    file = io.BytesIO(b"one,two\n" + b"x" * 2**20 + b'\n"3\n4",x\n5,6\n7\n')
    with read(file) as (_, found):
        assert [(line, type(cells)) for line, cells in found] == [(2, str), (3, list), (5, list), (6, str)]
