"""Two servers on one data folder, and a server that starts again when the code changes."""

import os
import time
from collections.abc import Callable

import pytest

import portico as package
from tests.commands import SOURCE, eventually
from tests.faults.load import under_load
from tests.faults.running import Portico


@pytest.mark.heavy
def test_two_servers_share_the_database_of_a_folder(new_portico: Callable[..., Portico]) -> None:
    first, second = new_portico(), new_portico()
    assert first.postmaster() == second.postmaster()
    product = {"title": "Seen from both", "price": 2}
    made = first.call("POST", "/api/products/", product, token=first.sign_in())[1]
    assert second.get(f"/api/products/{made['id']}/") == (200, made)
    assert first.stop() == 0
    assert second.get(f"/api/products/{made['id']}/") == (200, made), "the last one to leave stops it"
    assert second.stop() == 0
    assert not second.database.is_running()


def test_with_reload_a_change_of_the_code_starts_it_anew(new_portico: Callable[..., Portico]) -> None:
    portico = new_portico("--reload")
    file = SOURCE / package.__name__ / "__main__.py"
    before, changed_at = portico.workers(), file.stat().st_mtime
    assert len(before) == 1
    with under_load(portico, clients=1, keep_alive=False) as load:
        try:
            os.utime(file, (time.time(), time.time()))  # as an editor would, without a change
            eventually(lambda: len(portico.listening() - before) == 1, within=20)
        finally:
            os.utime(file, (changed_at, changed_at))
        load.wait_until_well(time.monotonic(), within=30)
    # Its one process ends whoever is connected, unlike a deployment: only the port stays open.
    assert load.refusals == []
    assert load.statuses() == {200, 201}
    assert portico.stop() == 0
