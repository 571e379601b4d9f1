"""What is imported is OSCAL, or it is said where it is not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from portico.apps.audit.frameworks.parsing import MOST_THINGS, NotOscal, Parsed, parse
from portico.apps.audit.frameworks.prose import MOST_INSERTED, EndlessParameters
from portico.apps.audit.frameworks.requirements import stated
from tests.apps.audit.oscal import CATALOG, LOW, Node, catalog, control, imported, profile, published
from tests.data_sets import data_set

PROFILE = profile("p", imported("catalog", "ac-1"))


def parsed(document: Any) -> Parsed:
    return parse(json.dumps(document).encode())


def refused(body: bytes) -> dict[str, str]:
    with pytest.raises(NotOscal) as found:
        parse(body)
    return found.value.details


def edited(document: Node, edit: Callable[[Node], Any]) -> bytes:
    copy: Node = json.loads(json.dumps(document))
    edit(next(iter(copy.values())))
    return json.dumps(copy).encode()


@pytest.mark.parametrize("name", [CATALOG, LOW])
def test_nists_own_documents_are_read(name: str) -> None:
    found = parse(data_set(name).read_bytes())
    assert {found.kind: found.document} == published(name)


def test_a_schema_may_be_named() -> None:
    assert parsed({"$schema": "https://example.org/oscal.json", **catalog()}).kind == "catalog"


def test_the_hash_is_that_of_what_was_sent() -> None:
    assert parse(json.dumps(catalog(), indent=2).encode()).sha256 != parsed(catalog()).sha256


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<catalog/>", "XML"), (b"  \n<?xml version='1.0'?>", "XML"), (b"catalog:\n  uuid: x", "YAML"),
        (b"---\ncatalog: x", "YAML"), (b"", "not JSON"), (b'{"catalog": ', "not JSON"),
        (b'{"catalog": NaN}', "not JSON"),
        (b"\xef\xbb\xbf{}", "byte order mark"), (b"[]", "must be an object"), (b"{}", "must be an object"),
        (b'{"catalog": {}, "profile": {}}', "must be an object"), (b'{"catalog": "\\u0000"}', "NUL"),
    ],
)  # fmt: skip
def test_what_is_no_oscal_in_json_is_named(body: bytes, why: str) -> None:
    assert why in refused(body)["$"]


def test_other_models_of_oscal_are_refused_by_name() -> None:
    assert list(refused(b'{"component-definition": {}}')) == ["component-definition"]


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (lambda it: it.update(foo=1), "profile.foo"),
        (lambda it: it.update(uuid="x"), "profile.uuid"),
        (lambda it: it.update(imports=[]), "profile.imports"),
        (lambda it: it.update(imports=None), "profile.imports"),
        (lambda it: it.update(merge=None), "profile.merge"),
        (lambda it: it["metadata"].pop("title"), "profile.metadata.title"),
        (lambda it: it["metadata"].update({"oscal-version": "2.0.0"}), "profile.metadata.oscal-version"),
        (lambda it: it["merge"].update(flat={}), "profile.merge"),
        (lambda it: it["merge"].update({"as-is": "true"}), "profile.merge.as-is"),
        (lambda it: it["imports"][0].update({"include-all": {}}), "profile.imports[0]"),
        (lambda it: it["imports"][0]["include-controls"][0].update({"with-ids": ["a b"]}),
         "profile.imports[0].include-controls[0].with-ids[0]"),
        (lambda it: it.update(modify={"alters": [{"control-id": "ac-1", "removes": [{}]}]}),
         "profile.modify.alters[0].removes[0]"),
        (lambda it: it.update(modify={"alters": [{"control-id": "ac-1", "adds": [{"position": "under"}]}]}),
         "profile.modify.alters[0].adds[0].position"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_profile_is_named_by_its_path(edit: Callable[[Node], Any], path: str) -> None:
    assert list(refused(edited(PROFILE, edit))) == [path]


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (lambda it: it["groups"][0]["controls"][1].pop("title"), "catalog.groups[0].controls[1].title"),
        (lambda it: it["groups"][0]["controls"][0].update(parts=None), "catalog.groups[0].controls[0].parts"),
        (lambda it: it["groups"][0]["controls"][0]["props"][0].update(vlaue="x"),
         "catalog.groups[0].controls[0].props[0].vlaue"),
        (lambda it: it["groups"][1]["controls"][0].update(id="ac-1"), "catalog.groups[1].controls[0].id"),
        (lambda it: it["groups"][1].update(id="ac"), "catalog.groups[1].id"),
        (lambda it: it["groups"][0]["controls"][0].update(params=[{"id": "a"}, {"id": "a"}]),
         "catalog.groups[0].controls[0].params[1].id"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_catalog_is_named_by_its_path(edit: Callable[[Node], Any], path: str) -> None:
    assert list(refused(edited(catalog(), edit))) == [path]


def test_of_a_list_the_first_wrong_thing_is_named() -> None:
    """A list of a million wrong things would take gigabytes to name."""
    groups = [{"id": f"g{number}"} for number in range(100)]
    assert list(refused(edited(catalog(), lambda it: it.update(groups=groups)))) == ["catalog.groups[0].title"]


def test_what_has_too_many_parts_is_refused() -> None:
    """Each takes memory, however short it is."""
    params = [{"id": f"p{number}"} for number in range(MOST_THINGS)]
    found = refused(edited(catalog(), lambda it: it.update(params=params)))
    assert found == {"$": "has more than 300,000 objects and lists"}


def test_what_is_nested_without_end_is_refused() -> None:
    part: Node = {"name": "item"}
    for _ in range(400):
        part = {"name": "item", "parts": [part]}
    assert refused(edited(catalog(), lambda it: it["groups"][0]["controls"][0].update(parts=[part])))


def test_so_is_what_is_nested_where_anything_may_stand() -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]
    assert "$" in refused(edited(catalog(), lambda it: it["metadata"].update(revisions=deep)))


class TestPrinting:
    def test_parameters_that_insert_one_another_come_to_an_end(self) -> None:
        params = [{"id": "p0", "label": "{{ insert: param, p1 }}"}, {"id": "p1", "label": "{{ insert: param, p0 }}"}]
        (found,) = stated(_of(params)["catalog"])
        assert found.text == "[Assignment: [Assignment: organization-defined [Assignment: p0]]]"

    def test_they_do_not_grow_without_end(self) -> None:
        params = [{"id": "p9", "values": ["x" * 100]}] + [
            {"id": f"p{n}", "values": [f"{{{{ insert: param, p{n + 1} }}}}"] * 10} for n in range(9)
        ]
        with pytest.raises(EndlessParameters, match="without end"):
            stated(_of(params)["catalog"])

    def test_what_is_inserted_everywhere_is_bounded_in_all(self) -> None:
        """A document of a few megabytes would become one of gigabytes."""
        prose = "{{ insert: param, p0 }}" * 1000
        source = catalog("catalog", ac=[control("ac-1", prose=prose, params=[{"id": "p0", "values": ["x" * 5001]}])])
        assert MOST_INSERTED < 1000 * 5001
        with pytest.raises(EndlessParameters, match="without end"):
            stated(source["catalog"])

    def test_they_do_not_go_on_without_end(self) -> None:
        params = [{"id": f"p{n}", "label": f"{{{{ insert: param, p{n + 1} }}}}"} for n in range(5000)]
        with pytest.raises(EndlessParameters, match="without end"):
            stated(_of(params)["catalog"])

    def test_a_parameter_that_is_not_there_is_printed_by_its_name(self) -> None:
        (found,) = stated(_of([])["catalog"])
        assert found.text == "[Assignment: p0]"

    def test_of_several_labels_that_without_a_class_is_meant(self) -> None:
        props = [{"name": "label", "class": "zero-padded", "value": "AC-01"}, {"name": "label", "value": "AC-1"}]
        (found,) = stated(catalog("catalog", ac=[control("ac-1", props=props)])["catalog"])
        assert found.label == "AC-1"

    def test_withdrawn_controls_are_marked(self) -> None:
        props = [{"name": "status", "value": "withdrawn"}]
        (found,) = stated(catalog("catalog", ac=[control("ac-1", props=props)])["catalog"])
        assert found.is_withdrawn

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            ("ac-2.2", "Automatically [Selection: remove; disable] temporary and emergency accounts after [Assignment: "
                       "organization-defined time period for each type of account]."),
            ("ac-2.5", "Require that users log out when [Assignment: organization-defined time period of expected "
                       "inactivity or description of when to log out]."),
            ("sc-39", "Maintain a separate execution domain for each executing system process."),
        ],
    )  # fmt: skip
    def test_as_nist_has_printed_it(self, code: str, text: str) -> None:
        found = {each.code: each.text for each in stated(published(CATALOG)["catalog"])}
        assert found[code] == text


def _of(params: list[Node]) -> Node:
    values = {"params": params} if params else {}
    return catalog("catalog", ac=[control("ac-1", prose="{{ insert: param, p0 }}", **values)])
