"""A table of transitions decides what may be done; what it does not have is refused with what it has."""

from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from fastapi import Header
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from portico.kernel.database import Row, fetch_one
from portico.kernel.errors import Forbidden, NotFound
from portico.kernel.routes import router
from portico.kernel.state_machine import IllegalTransition, StateMachine, Transition
from portico.kernel.unit_of_work import Reading, Writing
from tests.kernel.tiny import serving_tiny

STATES = ("draft", "in review", "published", "archived")
ACTIONS = ("submit", "approve", "send back", "archive")


def has_text(note: Any) -> str | None:
    return None if note["name"] else "It has no text yet."


LIFE = StateMachine(
    Transition(action="submit", source=["draft"], target="in review", guards=[has_text]),
    Transition(action="approve", source=["in review"], target="published", permission="approve"),
    Transition(action="send back", source=["in review"], target="draft", permission="approve"),
    Transition(action="archive", source=["draft", "published"], target="archived"),
    Transition(action="archive", source=["in review"], target="archived", permission="approve"),
    state_of=lambda note: str(note["state"]),
)

notes = router(prefix="/notes")


class ActionOut(BaseModel):
    action: str
    target: str
    allowed: bool
    reasons: list[str]


async def _note(connection: Any) -> Row:
    found = await fetch_one(connection, "SELECT name, state FROM tiny.notes FOR UPDATE")
    if found is None:
        raise NotFound
    return found


@notes.get("/1/actions", response_model=list[ActionOut], summary="What may be done with the note")
async def list_actions(read: Reading, who: str = Header("")) -> Any:
    return LIFE.actions_of(await _note(read), may=who.split().__contains__)


@notes.post("/1/{action}", response_model=str, summary="Does it")
async def act(action: str, write: Writing, who: str = Header("")) -> Any:
    connection = await write.connection()
    state = LIFE.advance(await _note(connection), action, may=who.split().__contains__)
    await connection.execute("UPDATE tiny.notes SET state = %s", [state])
    return state


def test_actions_and_transitions_over_http(database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute(
            "CREATE SCHEMA tiny; CREATE TABLE tiny.notes AS SELECT ''::text AS name, 'draft'::text AS state;"
            "GRANT USAGE ON SCHEMA tiny TO portico_app; GRANT SELECT, UPDATE ON tiny.notes TO portico_app"
        )
    editor = {"who": "approve"}
    with serving_tiny(database_url, notes) as client:
        assert client.get("/notes/1/actions").json() == [
            {"action": "submit", "target": "in review", "allowed": False, "reasons": ["It has no text yet."]},
            {
                "action": "approve", "target": "published", "allowed": False,
                "reasons": ["It is draft; this is possible from in review."],
            },
            {
                "action": "send back", "target": "draft", "allowed": False,
                "reasons": ["It is draft; this is possible from in review."],
            },
            {"action": "archive", "target": "archived", "allowed": True, "reasons": []},
        ]  # fmt: skip
        refused = client.post("/notes/1/submit")
        assert (refused.status_code, refused.json()["detail"]) == (409, "It has no text yet.")
        assert refused.json()["details"] == {"action": "submit", "state": "draft", "legal": ["archive"]}
        with psycopg.connect(database_url) as owner:
            owner.execute("UPDATE tiny.notes SET name = 'text'")
        assert client.post("/notes/1/submit").json() == "in review"
        assert client.post("/notes/1/submit").json()["details"]["legal"] == []
        assert client.post("/notes/1/submit", headers=editor).json()["details"]["legal"] == [
            "approve", "send back", "archive",
        ]  # fmt: skip
        assert client.post("/notes/1/approve").status_code == 403
        assert client.post("/notes/1/archive").status_code == 403, "from here it is the editor's"
        assert client.post("/notes/1/unheard of", headers=editor).json()["detail"] == "No such action."
        assert client.post("/notes/1/approve", headers=editor).json() == "published"
        assert client.post("/notes/1/approve").status_code == 403, "who may never do it learns no more"
        assert client.post("/notes/1/archive").json() == "archived"
        assert [each["allowed"] for each in client.get("/notes/1/actions", headers=editor).json()] == [False] * 4


@dataclass
class Thing:
    state: str
    obstacle: str | None


def obstacle(thing: Thing) -> str | None:
    return thing.obstacle


LINES = st.builds(
    lambda action, source, target, permission, guarded: Transition(
        action=action, source=source, target=target, permission=permission, guards=[obstacle] if guarded else []
    ),
    st.sampled_from(ACTIONS),
    st.sets(st.sampled_from(STATES), min_size=1),
    st.sampled_from(STATES),
    st.sampled_from(["approve", "publish", None]),
    st.booleans(),
)


@given(
    st.lists(LINES, max_size=6),
    st.builds(Thing, st.sampled_from(STATES), st.sampled_from(["Not now.", None])),
    st.sets(st.sampled_from(["approve", "publish"])),
)
def test_any_table_advances_along_its_own_lines_alone(table: list[Transition], thing: Thing, held: set[str]) -> None:
    pairs = [(line.action, state) for line in table for state in line.source]
    if len(pairs) != len(set(pairs)):
        with pytest.raises(ValueError, match="two"):
            StateMachine(*table)
        return
    machine = StateMachine(*table)
    legal = {
        line.action: line.target
        for line in table
        if thing.state in line.source and (line.permission is None or line.permission in held)
        and not (line.guards and thing.obstacle)
    }  # fmt: skip
    shown = machine.actions_of(thing, may=held.__contains__)
    assert {each.action: each.target for each in shown if each.allowed} == legal
    assert {each.action for each in shown} == {line.action for line in table}
    assert all(each.allowed != bool(each.reasons) for each in shown), "who may not is told why"
    for action in ACTIONS:
        if action in legal:
            assert machine.advance(thing, action, may=held.__contains__) == legal[action] in machine.states
            continue
        with pytest.raises((IllegalTransition, Forbidden)) as refused:
            machine.advance(thing, action, may=held.__contains__)
        if isinstance(refused.value, IllegalTransition):
            assert sorted(refused.value.details["legal"]) == sorted(legal)
            assert refused.value.text
        else:
            assert all(line.permission not in {None, *held} or thing.state not in line.source
                       for line in table if line.action == action)  # fmt: skip


def test_a_column_holds_the_states_of_the_table() -> None:
    assert LIFE.states == set(STATES)
