"""Agents in a hurry."""

import pytest

from tests.apps.releases.agents import assert_each_is_run_once
from tests.apps.releases.test_promises import run_sequences
from tests.apps.releases.world import open_world
from tests.clocks import A_YEAR

pytestmark = pytest.mark.heavy


@pytest.mark.long
def test_promise_5_two_agents_run_each_of_200_deployments_once(database_url: str) -> None:
    with open_world(database_url, **A_YEAR) as world:
        assert_each_is_run_once(world, services=10, each=20)


@pytest.mark.long
def test_promise_1_to_6_hold_in_longer_sequences(database_url: str) -> None:
    run_sequences(database_url, range(10_000, 11_000), length=20)
