"""How a resolved catalog stands, and what a profile changes in it."""

from typing import Any

from portico.apps.audit.frameworks.requirements import Stated, stated
from portico.apps.audit.frameworks.selection import UnknownControl, places
from tests.apps.audit.oscal import Node, catalog, control, imported, profile
from tests.apps.audit.test_oscal_resolution import refused, resolved, tree

PARAMS = [
    {"id": "ac-1_prm_1", "label": "frequency"},
    {"id": "ac-1_prm_2", "select": {
        "how-many": "one-or-more", "choice": ["daily", "after {{ insert: param, ac-1_prm_1 }}"]}},
]  # fmt: skip
WITH_PARAMS = catalog(
    "catalog", ac=[control("ac-1", params=PARAMS, prose="Look {{ insert: param, ac-1_prm_2 }} ."), control("ac-2")]
)
NESTED = [{"id": "ac-1_smt", "name": "statement", "parts": [
    {"id": "ac-1_smt.a", "name": "item", "props": [{"name": "label", "value": "a."}], "prose": "First;", "parts": [
        {"id": "ac-1_smt.a.1", "name": "item", "props": [{"name": "label", "value": "1."}], "prose": "Of it;"}]},
    {"id": "ac-1_smt.b", "name": "item", "props": [{"name": "label", "value": "b."}], "prose": "See [this](#ac-2)."},
]}]  # fmt: skip
WITH_PARTS = catalog("catalog", ac=[control("ac-1", parts=NESTED), control("ac-2")])


def requirements(document: Node, *others: Node) -> dict[str, Stated]:
    found = resolved(document, *others)
    return {each.code: each for each in stated(found.catalog, found.families)}


def modified(source: Node, **modify: Any) -> dict[str, Stated]:
    return requirements(profile("p", imported("catalog", "ac-1"), modify=modify), source)


def altered(source: Node, **alter: Any) -> Node:
    document = profile("p", imported("catalog", "ac-1"), modify={"alters": [{"control-id": "ac-1", **alter}]})
    return places(resolved(document, source).catalog)["ac-1"].control


class TestMerge:
    def test_as_is_keeps_families_that_have_something(self) -> None:
        found = resolved(profile("p", imported("catalog", "au-2.1")), catalog()).catalog
        assert tree({"id": "", **found}) == ("", ("au", ("au-2", "au-2.1")))

    def test_what_stood_below_an_excluded_control_takes_its_place(self) -> None:
        chosen = imported("catalog", "ac-2.1", "ac-1", **{"exclude-controls": [{"with-ids": ["ac-2"]}]})
        assert tree({"id": "", **resolved(profile("p", chosen), catalog()).catalog}) == ("", ("ac", "ac-1", "ac-2.1"))

    def test_flat_is_a_list_which_remembers_the_families(self) -> None:
        for merge in ({"flat": {}}, {}):
            document = profile("p", imported("catalog", "ac-2.1", "au-1"), merge=merge)
            assert [each["id"] for each in resolved(document, catalog()).catalog["controls"]] == [
                "ac-2", "ac-2.1", "au-1"
            ]  # fmt: skip
            found = requirements(document, catalog())
            assert {name: each.family_title for name, each in found.items()} == {
                "ac-2": "Family ac", "ac-2.1": "Family ac", "au-1": "Family au"
            }  # fmt: skip

    def test_families_are_remembered_through_a_chain(self) -> None:
        inner = profile("inner", imported("catalog", "ac-1"), merge={"flat": {}})
        assert requirements(profile("p", imported("inner")), inner, catalog())["ac-1"].family == "ac"

    def test_groups_of_its_own(self) -> None:
        first = {"order": "descending", "include-controls": [{"matching": [{"pattern": "ac-*"}]}]}
        custom = {
            "groups": [
                {"id": "mine", "title": "Mine", "insert-controls": [first]},
                {"id": "rest", "title": "Rest", "groups": [
                    {"id": "deep", "title": "Deep", "insert-controls": [{"include-all": {}}]}]},
            ]
        }  # fmt: skip
        document = profile("p", imported("catalog", "ac-1", "ac-2", "ac-10", "au-1"), merge={"custom": custom})
        found = resolved(document, catalog()).catalog
        assert tree({"id": "", **found}) == (
            "", ("mine", "ac-10", "ac-2", "ac-1"), ("rest", ("deep", "au-1"))
        )  # fmt: skip
        assert requirements(document, catalog())["au-1"].family == "deep"

    def test_what_no_group_takes_is_left_out(self) -> None:
        custom = {"insert-controls": [{"include-controls": [{"with-ids": ["ac-1"]}]}]}
        document = profile("p", imported("catalog", "ac-1", "ac-2"), merge={"custom": custom})
        assert list(requirements(document, catalog())) == ["ac-1"]

    def test_a_group_can_only_take_what_was_chosen(self) -> None:
        custom = {"insert-controls": [{"include-controls": [{"with-ids": ["au-1", "ac-1"]}]}]}
        document = profile("p", imported("catalog", "ac-1"), merge={"custom": custom})
        assert list(requirements(document, catalog())) == ["ac-1"]

    def test_a_group_that_takes_what_is_nowhere_is_named(self) -> None:
        custom = {"insert-controls": [{"include-controls": [{"with-ids": ["zz-1"]}]}]}
        document = profile("p", imported("catalog", "ac-1"), merge={"custom": custom})
        path = "profile.merge.custom.insert-controls[0].include-controls[0].with-ids[0]"
        assert list(refused(UnknownControl, document, catalog())) == [path]


class TestParameters:
    def test_are_inserted_as_nist_prints_them(self) -> None:
        assert modified(WITH_PARAMS)["ac-1"].text == (
            "Look [Selection (one or more): daily; after [Assignment: organization-defined frequency]]."
        )

    def test_get_values(self) -> None:
        found = modified(WITH_PARAMS, **{"set-parameters": [{"param-id": "ac-1_prm_1", "values": ["a year"]}]})
        assert found["ac-1"].text == "Look [Selection (one or more): daily; after a year]."

    def test_get_other_labels_and_choices(self) -> None:
        settings = [
            {"param-id": "ac-1_prm_2", "select": {
                "how-many": "one", "choice": ["never", "{{ insert: param, ac-1_prm_1 }}"]}},
            {"param-id": "ac-1_prm_1", "label": "organization-defined time"},
        ]  # fmt: skip
        found = modified(WITH_PARAMS, **{"set-parameters": settings})
        assert found["ac-1"].text == "Look [Selection (one): never; [Assignment: organization-defined time]]."

    def test_keep_what_is_added_to(self) -> None:
        setting = {"param-id": "ac-1_prm_1", "guidelines": [{"prose": "Mine."}]}
        source = catalog("catalog", ac=[control("ac-1", params=[{**PARAMS[0], "guidelines": [{"prose": "Theirs."}]}])])
        document = profile("p", imported("catalog"), modify={"set-parameters": [setting]})
        (param,) = places(resolved(document, source).catalog)["ac-1"].control["params"]
        assert param["guidelines"] == [{"prose": "Theirs."}, {"prose": "Mine."}]

    def test_are_set_one_time_after_the_other(self) -> None:
        settings = [
            {"param-id": "ac-1_prm_1", "values": ["a year"]},
            {"param-id": "ac-1_prm_1", "constraints": [{"description": "At least."}]},
        ]
        document = profile("p", imported("catalog"), modify={"set-parameters": settings})
        param, _ = places(resolved(document, WITH_PARAMS).catalog)["ac-1"].control["params"]
        assert (param["values"], param["constraints"]) == (["a year"], [{"description": "At least."}])

    def test_that_a_value_inserts_are_kept_as_well(self) -> None:
        settings = [{"param-id": "ac-1_prm_2", "values": ["each {{ insert: param, ac_prm }}"]}]
        source = catalog("catalog", ac=[control("ac-1", params=PARAMS, prose="Look {{ insert: param, ac-1_prm_2 }}.")])
        source["catalog"]["params"] = [{"id": "ac_prm", "label": "time"}]
        document = profile("p", imported("catalog"), modify={"set-parameters": settings})
        assert requirements(document, source)["ac-1"].text == "Look each [Assignment: organization-defined time]."

    def test_of_a_group_are_kept_with_who_inserts_them(self) -> None:
        source = catalog("catalog", ac=[control("ac-1", prose="Every {{ insert: param, ac_prm }}.")])
        source["catalog"]["groups"][0]["params"] = [{"id": "ac_prm", "label": "time"}, {"id": "unused"}]
        document = profile("p", imported("catalog"), merge={"flat": {}})
        assert [each["id"] for each in resolved(document, source).catalog["params"]] == ["ac_prm"]
        assert requirements(document, source)["ac-1"].text == "Every [Assignment: organization-defined time]."

    def test_that_are_nowhere_are_named(self) -> None:
        settings = {"set-parameters": [{"param-id": "ac-1_prm_1"}, {"param-id": "nope"}]}
        document = profile("p", imported("catalog"), modify=settings)
        assert list(refused(UnknownControl, document, WITH_PARAMS)) == ["profile.modify.set-parameters[1].param-id"]

    def test_of_controls_that_were_not_chosen_change_nothing(self) -> None:
        settings = {"set-parameters": [{"param-id": "ac-1_prm_1", "values": ["x"]}]}
        assert list(requirements(profile("p", imported("catalog", "ac-2"), modify=settings), WITH_PARAMS)) == ["ac-2"]


class TestAlters:
    def test_the_statement_has_a_line_for_each_item(self) -> None:
        assert modified(WITH_PARTS)["ac-1"].text == "a. First;\n  1. Of it;\nb. See this."

    def test_add_at_the_end_of_a_part(self) -> None:
        new = {"name": "item", "prose": "New."}
        found = modified(WITH_PARTS, alters=[
            {"control-id": "ac-1", "adds": [{"by-id": "ac-1_smt", "position": "ending", "parts": [new]}]}
        ])  # fmt: skip
        assert found["ac-1"].text == "a. First;\n  1. Of it;\nb. See this.\nNew."

    def test_add_before_and_behind_a_part(self) -> None:
        adds = [
            {"by-id": "ac-1_smt.b", "position": position, "parts": [{"name": "item", "prose": position}]}
            for position in ("before", "after")
        ]
        text = modified(WITH_PARTS, alters=[{"control-id": "ac-1", "adds": adds}])["ac-1"].text
        assert text == "a. First;\n  1. Of it;\nbefore\nb. See this.\nafter"

    def test_add_at_the_start_of_a_control(self) -> None:
        prop = {"name": "priority", "value": "P1"}
        for position in ("starting", "before"):
            found = altered(WITH_PARTS, adds=[{"position": position, "props": [prop], "title": "Other"}])
            assert (found["props"][0], found["title"]) == (prop, "Other")

    def test_reach_the_controls_below(self) -> None:
        source = catalog("catalog", ac=[control("ac-1", control("ac-1.1"), control("ac-1.2"))])
        before = str(source)
        alter = {
            "control-id": "ac-1", "removes": [{"by-id": "ac-1.2_smt"}],
            "adds": [{"by-id": "ac-1.1_smt", "parts": [{"name": "item", "prose": "New."}]}],
        }  # fmt: skip
        found = requirements(profile("p", imported("catalog"), modify={"alters": [alter]}), source)
        assert {name: each.text for name, each in found.items()} == {
            "ac-1": "Do it.", "ac-1.1": "Do it.\nNew.", "ac-1.2": ""
        }  # fmt: skip
        assert str(source) == before

    def test_remove_by_id_takes_what_is_inside_as_well(self) -> None:
        found = modified(WITH_PARTS, alters=[{"control-id": "ac-1", "removes": [{"by-id": "ac-1_smt.a"}]}])
        assert found["ac-1"].text == "b. See this."

    def test_remove_by_name_and_kind(self) -> None:
        found = altered(WITH_PARTS, removes=[{"by-item-name": "prop", "by-name": "label", "remarks": "Not ours."}])
        assert [prop["name"] for prop in found["props"]] == ["sort-id"]
        assert "props" not in found["parts"][0]["parts"][0]

    def test_the_catalog_stays_as_it_is(self) -> None:
        before = str(WITH_PARTS)
        altered(WITH_PARTS, removes=[{"by-item-name": "part"}], adds=[{"props": [{"name": "x", "value": "y"}]}])
        assert str(WITH_PARTS) == before

    def test_what_is_not_there_is_named(self) -> None:
        for change in ("adds", "removes"):
            document = profile(
                "p", imported("catalog"),
                modify={"alters": [{"control-id": "ac-1", change: [{"by-id": "nope"}]}]},
            )  # fmt: skip
            assert refused(UnknownControl, document, WITH_PARTS) == {
                f"profile.modify.alters[0].{change}[0].by-id": "there is no 'nope' in ac-1"
            }
        unknown = profile("p", imported("catalog"), modify={"alters": [{"control-id": "zz-1"}]})
        assert list(refused(UnknownControl, unknown, WITH_PARTS)) == ["profile.modify.alters[0].control-id"]
