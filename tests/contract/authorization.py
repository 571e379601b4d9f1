"""Tables of who gets which answer from which route: how they are read, and how a call is compared with its cell."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.whole.application import app_routes


@dataclass(frozen=True)
class Cell:
    """One call, and the answer that the table has for it."""

    method: str
    path: str
    mode: str
    caller: str
    answer: str

    def __str__(self) -> str:
        return f"{self.mode} {self.caller} {self.method} {self.path}"

    def check(self, found: httpx.Response) -> None:
        """Fail unless this is the answer: `200`, or `200:[]` where the whole body is `[]`."""
        status, _, body = self.answer.partition(":")
        assert found.status_code == int(status), found.text
        if body:
            assert found.json() == json.loads(body)
        elif found.is_success and found.content:
            assert found.json() if found.headers["content-type"] == "application/json" else found.text
        if found.status_code == 401:
            assert found.headers["www-authenticate"] in ("Bearer", "Signature")


@dataclass(frozen=True)
class Table:
    """The reviewed table of an app, which stands beside its tests."""

    app: str
    modes: Sequence[str]
    callers: Sequence[str]

    def rows(self) -> Iterator[tuple[str, str, list[str]]]:
        """Method, path and answers of each line, below the two lines with the names of the columns."""
        text = Path(__file__).with_name(f"{self.app}_authorization.txt").read_text()
        lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        columns = [[*self.modes], [*self.callers] * len(self.modes)]
        assert lines[:2] == columns, "the columns are not those that are tested"
        for method, path, *answers in lines[2:]:
            assert len(answers) == len(columns[1]), f"{method} {path} has not one answer a column"
            yield method, path, answers

    def cells(self) -> Iterator[Cell]:
        columns = [(mode, caller) for mode in self.modes for caller in self.callers]
        for method, path, answers in self.rows():
            for (mode, caller), answer in zip(columns, answers, strict=True):
                yield Cell(method, path, mode, caller, answer)

    def check_routes(self) -> None:
        """Fail unless the table has exactly the routes of the app."""
        registered = sorted(
            name.removeprefix(f"{self.app} ") for each in app_routes() if each.app == self.app for name in each.names
        )
        listed = sorted(f"{method} {path}" for method, path, _ in self.rows())
        missing = [one for one in registered if one not in listed]
        gone = [one for one in listed if one not in registered]
        assert not missing, f"{self.app}_authorization.txt needs a line for each of {missing}"
        assert not gone, f"{self.app}_authorization.txt has lines for what is no route: {gone}"
        assert listed == registered, f"{self.app}_authorization.txt has a route twice"
