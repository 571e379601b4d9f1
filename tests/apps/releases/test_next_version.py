"""The next version: the rule as a table, and the route."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portico.apps.releases.next_version import Bump, decide, raised
from portico.apps.releases.semver import parse
from tests.apps.releases.test_semver import versions
from tests.apps.releases.world import World, done

NONE, PATCH, MINOR, MAJOR = Bump

# The versions that are there, what the commits ask for, the word of a pre-release: the next version.
TABLE = [
    ("1.2.3", PATCH, None, "1.2.4"),
    ("1.2.3", MINOR, None, "1.3.0"),
    ("1.2.3", MAJOR, None, "2.0.0"),
    ("1.2.3", NONE, None, None),
    ("1.2.3+build.5", PATCH, None, "1.2.4"),
    ("1.9.0 1.10.0 1.2.0", MINOR, None, "1.11.0"),
    # The first
    ("", PATCH, None, "0.1.0"),
    ("", MAJOR, None, "0.1.0"),
    ("", NONE, None, None),
    ("", MINOR, "rc", "0.1.0-rc.1"),
    # Before 1.0.0
    ("0.3.1", MAJOR, None, "0.4.0"),
    ("0.3.1", MINOR, None, "0.4.0"),
    ("0.3.1", PATCH, None, "0.3.2"),
    ("0.0.3", MAJOR, None, "0.1.0"),
    # Release candidates
    ("1.2.3", MINOR, "rc", "1.3.0-rc.1"),
    ("1.2.3 1.3.0-rc.1", PATCH, "rc", "1.3.0-rc.2"),
    ("1.2.3 1.3.0-rc.9 1.3.0-rc.10", MINOR, "rc", "1.3.0-rc.11"),
    ("1.2.3 1.3.0-rc.1", MAJOR, "rc", "2.0.0-rc.1"),
    ("1.2.3 1.3.0-rc.1", NONE, "rc", None),
    ("1.2.3 1.3.0-beta.2", MINOR, "rc", "1.3.0-rc.1"),
    ("1.2.3 1.3.0-rc.1", MINOR, "beta", None),  # it would come before the candidate
    ("1.2.3 1.3.0-rc.1 1.3.0", PATCH, "rc", "1.3.1-rc.1"),
    ("1.2.3 1.3.0-rc", MINOR, "rc", "1.3.0-rc.1"),
    # And from them to the final one
    ("1.2.3 1.3.0-rc.2", NONE, None, "1.3.0"),
    ("1.2.3 1.3.0-rc.2", PATCH, None, "1.3.0"),
    ("1.2.3 1.3.0-rc.2", MAJOR, None, "2.0.0"),
    ("1.2.3 2.0.0-rc.1", PATCH, None, "2.0.0"),
    ("1.0.0-rc.1", NONE, None, "1.0.0"),
    ("0.9.0 1.0.0-alpha.1", MINOR, None, "1.0.0"),
    ("1.3.0-rc.1 1.3.0 1.2.0", NONE, None, None),
]


@pytest.mark.parametrize(("known", "bump", "pre", "expected"), TABLE)
def test_the_table(known: str, bump: Bump, pre: str | None, expected: str | None) -> None:
    decision = decide([parse(each) for each in known.split()], bump, pre=pre)
    assert (None if decision.version is None else str(decision.version)) == expected
    assert decision.reason


@given(st.lists(versions(), max_size=8), st.sampled_from(Bump), st.none() | st.sampled_from(["rc", "beta", "1a"]))
def test_it_comes_after_all_that_lead_to_it(known: list, bump: Bump, pre: str | None) -> None:
    decision = decide(known, bump, pre=pre)
    if decision.version is None:
        assert bump is NONE or pre is not None
        return
    assert all(decision.version > each for each in known)
    assert (decision.version.prerelease is None) is (pre is None)
    if decision.current is not None and bump is not NONE:
        assert decision.version.finalize_version() >= raised(decision.current, bump)


def test_the_route_gives_the_reason_for_each_commit(world: World) -> None:
    world.published("1.0.0")
    commits = [
        {"message": "feat(api): more", "sha": "abcdef1"},
        {"message": "docs: words"},
        {"message": "fix: less\n\nBREAKING CHANGE: all"},
        {"message": "Merge it"},
    ]
    found = next_version(world, commits=commits)
    assert (found["current"], found["version"], found["bump"]) == ("1.0.0", "2.0.0", "major")
    assert [(each["kind"], each["bump"]) for each in found["commits"]] == [
        ("feat", "minor"), ("docs", None), ("fix", "major"), ("", None),
    ]  # fmt: skip
    assert found["commits"][0]["sha"] == "abcdef1"
    assert [each["reason"] for each in found["commits"]] == [
        "it adds a feature", "docs changes nothing that is promised", "it breaks what was promised",
        "its message is not conventional",
    ]  # fmt: skip
    assert next_version(world, commits=commits[1:2])["version"] is None
    assert next_version(world, commits=commits, pre="rc")["version"] == "2.0.0-rc.1"


def test_the_route_takes_what_is_recorded(world: World) -> None:
    """Each commit counts once, though the candidate and the draft of the final version both have it."""
    first, second, third = (
        {"sha": digit * 40, "message": f"{kind}: x"} for digit, kind in zip("abc", ("fix", "feat", "fix"), strict=True)
    )
    world.published("1.0.0", changes=[{"sha": "d" * 40, "message": "feat!: not counted again"}])
    world.published("1.1.0-rc.1", changes=[first, second])
    assert next_version(world)["version"] == "1.1.0"
    draft = world.draft("1.1.0", changes=[third, first, second])
    found = next_version(world)
    assert (found["version"], found["release_id"], len(found["commits"])) == ("1.1.0", draft["id"], 3)
    assert next_version(world, pre="rc")["version"] == "1.1.0-rc.2"
    assert next_version(world, range={"after": "0.9.0"})["version"] == "1.1.0"
    earlier = next_version(world, range={"after": "0.9.0", "until": "1.0.0"})
    assert (earlier["current"], [each["sha"] for each in earlier["commits"]]) == (None, ["d" * 40])


def test_the_route_refuses(world: World) -> None:
    post = world.viewer.client.post
    path = f"/api/v1/services/{world.service['id']}/next-version"
    assert post("/api/v1/services/999999/next-version", json={}).status_code == 404
    for body in ({"commits": [], "range": {}}, {"pre": "1"}, {"pre": "rc.1"}, {"range": {"after": "1"}}, {"x": 1}):
        assert post(path, json=body).status_code == 422, body
    assert world.nobody.post(path, json={}).status_code == 401


def next_version(world: World, **body: object) -> dict:
    path = f"/api/v1/services/{world.service['id']}/next-version"
    return done(world.viewer.client.post(path, json=body))
