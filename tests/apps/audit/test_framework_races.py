"""What happens at the same moment to frameworks, and what the database holds whoever asks."""

import psycopg
import pytest

from tests.apps.audit.oscal import catalog, send
from tests.apps.audit.test_assessments import Scene
from tests.apps.audit.world import API, World
from tests.contract.shop import made, unique
from tests.races import Call, at_once, statuses

BY_NOTHING = """
    SELECT a.id FROM audit.assessments AS a JOIN audit.requirements AS r ON r.id = a.requirement_id
    WHERE a.engagement_id = %(id)s AND NOT EXISTS (
        SELECT FROM audit.engagement_frameworks AS c
        WHERE c.engagement_id = a.engagement_id AND c.framework_id = r.framework_id)"""


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def test_one_edition_that_is_imported_at_once_is_there_once(world: World) -> None:
    name = unique("catalog")
    token = world.lead.tokens["access_token"]
    answers = at_once(world.nobody, [Call("POST", f"{API}/frameworks/import", catalog(name), token=token)] * 6)
    assert statuses(answers) == {201: 1, 409: 5}
    counted = world.sql(
        "SELECT count(*) FROM audit.requirements AS r JOIN audit.frameworks AS f ON f.id = r.framework_id"
        " WHERE f.title = %(title)s",
        title=name,
    )
    assert counted == [{"count": 8}]


def test_nobody_takes_a_framework_back_by_which_somebody_assesses(world: World) -> None:
    token = world.auditor.tokens["access_token"]
    for _ in range(8):
        scene = Scene(world).choose()
        body = {
            "requirement_id": scene.codes["ac-1"], "method": "test", "result": "satisfied", "observation": "Seen.",
        }  # fmt: skip
        first, second = at_once(world.nobody, [
            Call("POST", f"{scene.path}/assessments", body, token=token),
            Call("DELETE", f"{scene.path}/frameworks/{scene.framework}", token=token),
        ])  # fmt: skip
        assert (first.status_code, second.status_code) in {(201, 409), (409, 204)}, (first.text, second.text)
        assert world.sql(BY_NOTHING, id=scene.engagement) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.requirements SET text = 'another'", "DELETE FROM audit.requirements",
        "UPDATE audit.frameworks SET title = 'another'", "DELETE FROM audit.frameworks",
    ],
)  # fmt: skip
def test_what_was_imported_never_changes(world: World, statement: str) -> None:
    made(send(world.lead.client, catalog(unique("catalog"))))
    with (
        psycopg.connect(world.url, options="-c role=portico_app") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())
