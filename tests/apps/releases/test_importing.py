"""Imports of git repositories, from the request to the releases."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portico.apps.releases.importing.service import ImportService
from portico.apps.releases.semver import parse
from tests.apps.releases.repositories import Repository, git, importing_worker, large
from tests.apps.releases.world import World, done
from tests.commands import eventually


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repositories"
    folder.mkdir()
    monkeypatch.setenv("GIT_IMPORT_ROOT", str(folder))
    return folder


@pytest.fixture
def working(world: World, root: Path) -> Iterator[World]:
    with importing_worker(world.url):
        yield world


def imported(world: World, **body: str) -> dict[str, Any]:
    """The report of an import that has ended."""
    service = f"/api/v1/services/{world.service['id']}"
    queued = world.manager.client.post(f"{service}/import/git", json=body)
    assert queued.status_code == 202, queued.text
    job_id = queued.json()["job_id"]
    assert queued.headers["Location"] == f"/api/v1/jobs/{job_id}"

    def ended() -> Any:
        job = done(world.manager.client.get(queued.headers["Location"]))
        return job if job["ended"] else None

    eventually(ended, within=90)
    return done(world.viewer.client.get(f"{service}/imports/{job_id}"))


def releases(world: World) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"service": world.service["id"], "limit": 100}
    return list(done(world.viewer.client.get("/api/v1/releases", params=params))["items"])


def subjects(world: World, version: str) -> list[str]:
    release = next(each for each in releases(world) if each["version"] == version)
    found = done(world.viewer.client.get(f"/api/v1/releases/{release['id']}/changes", params={"limit": 100}))
    return [change["subject"] for change in found["items"]]


def test_a_repository_of_many_commits_becomes_releases(working: World, root: Path) -> None:
    """350 commits and 22 versions; again, nothing changes; and what does not follow its commits is told."""
    made = large()
    folder = made.write(root / "shop")
    assert made.count >= 300
    report = imported(working, path="shop")
    assert (report["status"], report["imported"], report["unchanged"], report["passed_over"]) == ("succeeded", 22, 0, 2)
    assert report["progress"] == {"done": 22, "total": 22}
    assert [(each["tag"], each["kind"]) for each in report["findings"]] == [
        ("v1.2.1", "too_small"),
        ("v1.5.0", "too_small"),
    ]
    assert "1.3.0" in report["findings"][0]["message"]
    assert "2.0.0" in report["findings"][1]["message"]

    found = releases(working)
    tags = [tag.removeprefix("v") for tag in git(folder, "tag", "--list", "v*.*.*").split()]
    assert [each["version"] for each in found] == sorted(tags, key=parse, reverse=True)
    assert {(each["state"], each["is_imported"], bool(each["content_hash"])) for each in found} == {
        ("published", True, True)
    }
    by_id = sorted(found, key=lambda each: each["id"])
    assert [each["version"] for each in by_id] == sorted(tags, key=parse)  # made in the order of SemVer
    for each in found:
        assert each["git_sha"] == git(folder, "rev-parse", f"v{each['version']}^{{commit}}").strip()

    again = imported(working, path="shop")
    assert (again["imported"], again["unchanged"], again["findings"]) == (0, 22, report["findings"])
    assert releases(working) == found
    changes_are_as_git_counts_them(working, folder)
    notes_are_the_annotation_or_made_from_the_changes(working)


def changes_are_as_git_counts_them(working: World, folder: Path) -> None:
    """A final version has those of its candidates, too, and a late fix of an old line its own."""
    for version, before in (
        ("1.2.0", "1.1.0"), ("1.2.0-beta.1", "1.1.0"), ("1.1.1", "1.1.0"), ("1.1.2", "1.1.1"), ("2.0.0", "1.5.0"),
        ("2.0.0-rc.1", "1.5.0"), ("1.0.0-rc.2", "1.0.0-rc.1"), ("1.0.0", "0.2.0"), ("2.10.0", "2.1.0"),
    ):  # fmt: skip
        log = git(folder, "log", "--topo-order", "--format=%s", f"v{before}..v{version}").splitlines()
        assert [text.split(": ", 1)[-1] for text in log] == subjects(working, version), version


def notes_are_the_annotation_or_made_from_the_changes(working: World) -> None:
    release = next(each for each in releases(working) if each["version"] == "1.2.0")
    notes = working.viewer.client.get(f"/api/v1/releases/{release['id']}/notes.md").text
    assert notes.endswith("\n\nRelease 1.2.0\n\nWith care.\n")
    generated = next(each for each in releases(working) if each["version"] == "1.2.1")
    assert "## Features\n\n* **" in working.viewer.client.get(f"/api/v1/releases/{generated['id']}/notes.md").text


def test_promise_1_a_tag_that_was_moved_changes_nothing(working: World, root: Path) -> None:
    made = Repository()
    made.tag("v1.0.0", made.commit("feat: One"))
    folder = made.write(root / "small")
    imported(working, path="small")
    before = releases(working)
    working.draft("1.1.0")
    git(folder, "tag", "--delete", "v1.0.0")
    second = made.commit("fix: Two", 1)
    made.tag("v1.0.0", second)
    made.tag("v1.1.0", made.commit("feat: Three", second))
    made.tag("v1.0.0+again", second)
    made.add_to(folder)
    report = imported(working, path="small")
    assert sorted((each["tag"], each["kind"]) for each in report["findings"]) == [
        ("v1.0.0", "moved"), ("v1.0.0+again", "duplicate"), ("v1.1.0", "draft"),
    ]  # fmt: skip
    assert (report["imported"], report["unchanged"], report["passed_over"]) == (0, 0, 0)
    assert [each for each in releases(working) if each["state"] != "draft"] == before


def test_an_import_that_is_interrupted_goes_on(working: World, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a version, whose transaction is lost: each version is imported once, and counted once."""
    large().write(root / "shop")
    take, calls = ImportService.take, itertools.count(1)

    async def interrupted(*arguments: Any) -> Any:
        found = await take(*arguments)
        if next(calls) == 5:
            raise psycopg.OperationalError("the connection is lost")
        return found

    monkeypatch.setattr(ImportService, "take", interrupted)
    report = imported(working, path="shop")
    assert (report["status"], report["imported"], report["unchanged"]) == ("succeeded", 22, 0)
    assert next(calls) == 28  # 5 and 22
    assert len(releases(working)) == 22


def test_what_cannot_be_read_says_so_and_leaves_nothing(working: World, root: Path) -> None:
    broken = Repository()
    broken.tag("v1.0.0", broken.commit("feat: One"))
    folder = broken.write(root / "broken")
    for pack in folder.glob("objects/pack/*.pack"):
        pack.write_bytes(pack.read_bytes()[:40])
    for loose in folder.glob("objects/??/*"):
        loose.chmod(0o600)
        loose.write_bytes(b"nothing")
    report = imported(working, path="broken")
    assert (report["status"], report["imported"]) == ("failed", 0)
    assert (
        report["error"] == "Git could not read the repository: it does not exist, is not public, or cannot be reached."
    )
    assert releases(working) == []
