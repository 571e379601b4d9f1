"""Profiles are resolved as NIST resolves them."""

from typing import Any

import pytest

from portico.apps.audit.frameworks.merging import ControlsClash
from portico.apps.audit.frameworks.references import Reference
from portico.apps.audit.frameworks.resolution import ImportCycle, ImportMissing, Resolved, resolve
from portico.apps.audit.frameworks.selection import MOST_COMPARED, TooManyPatterns, UnknownControl, places
from portico.kernel.errors import InvalidInput
from tests.apps.audit.oscal import CATALOG, LOW, RESOLVED, Node, catalog, control, imported, profile, published, uuid


def resolved(document: Node, *others: Node) -> Resolved:
    """The document is found by its own imports, too."""
    known = {next(iter(each.values()))["uuid"]: each for each in (document, *others)}

    def find(reference: Reference) -> Node | None:
        return next((known[each] for each in reference.uuids if each in known), None)

    return resolve(document["profile"], find)


def ids(document: Node, *others: Node) -> list[str]:
    return list(places(resolved(document, *others).catalog))


def tree(node: Node) -> Any:
    """Groups and controls by their ids, as they stand in one another."""
    inner = [tree(each) for each in (*node.get("controls", ()), *node.get("groups", ()))]
    return (node["id"], *inner) if inner else node["id"]


def refused(kind: type[InvalidInput], document: Node, *others: Node) -> dict[str, str]:
    with pytest.raises(kind) as found:
        resolved(document, *others)
    return found.value.details


def including(*selections: Node, **values: Any) -> Node:
    return {"href": f"urn:uuid:{uuid('catalog')}", "include-controls": list(selections), **values}


class TestNist:
    def test_the_low_baseline_is_what_nist_has_resolved(self) -> None:
        found = resolve(published(LOW)["profile"], lambda reference: published(CATALOG)).catalog
        theirs = published(RESOLVED)["catalog"]
        assert len(places(found)) == 149
        assert list(places(found)) == list(places(theirs))
        assert tree({"id": "", **found}) == tree({"id": "", **theirs})

    def test_so_are_the_resources_that_it_keeps(self) -> None:
        found = resolve(published(LOW)["profile"], lambda reference: published(CATALOG)).catalog
        theirs = published(RESOLVED)["catalog"]
        assert _uuids(found) == _uuids(theirs)
        assert len(_uuids(found)) < len(_uuids(published(CATALOG)["catalog"]))

    def test_the_import_says_which_catalog_is_meant(self) -> None:
        asked: list[Reference] = []
        resolve(published(LOW)["profile"], lambda reference: (asked.append(reference), published(CATALOG))[1])
        (reference,) = asked
        assert reference.names == ("NIST_SP-800-53_rev5_catalog.json",)
        assert reference.titles == (published(CATALOG)["catalog"]["metadata"]["title"],)


def _uuids(document: Node) -> set[str]:
    return {each["uuid"] for each in document["back-matter"]["resources"]}


class TestChoice:
    def test_a_control_brings_those_above_it(self) -> None:
        assert ids(profile("p", imported("catalog", "ac-2.1")), catalog()) == ["ac-2", "ac-2.1"]

    def test_but_not_those_below_it(self) -> None:
        assert ids(profile("p", imported("catalog", "ac-2")), catalog()) == ["ac-2"]

    def test_unless_they_are_asked_for(self) -> None:
        chosen = including({"with-ids": ["ac-2"], "with-child-controls": "yes"})
        assert ids(profile("p", chosen), catalog()) == ["ac-2", "ac-2.1", "ac-2.2"]

    def test_by_pattern(self) -> None:
        assert ids(profile("p", including({"matching": [{"pattern": "a?-1"}]})), catalog()) == ["ac-1", "au-1"]
        assert ids(profile("p", including({"matching": [{"pattern": "AC-*"}]})), catalog()) == []
        assert ids(profile("p", including({"with-ids": ["ac-1"], "matching": [{}]})), catalog()) == ["ac-1"]

    def test_by_not_too_many_patterns(self) -> None:
        patterns = [{"pattern": f"a{number}"} for number in range(MOST_COMPARED // 8 + 1)]
        details = refused(TooManyPatterns, profile("p", including({"matching": patterns})), catalog())
        assert details == {"profile.imports[0].include-controls": "has 125001 patterns for 8 controls"}

    @pytest.mark.parametrize("everything", [{}, {"include-all": {}}])
    def test_all_of_a_catalog(self, everything: Node) -> None:
        found = ids(profile("p", imported("catalog", **everything)), catalog())
        assert found == list(places(catalog()["catalog"]))

    def test_all_but_some(self) -> None:
        excluded = {"exclude-controls": [{"with-ids": ["ac-2"], "with-child-controls": "yes"}, {"with-ids": ["au-2"]}]}
        document = profile("p", imported("catalog", **excluded))
        assert ids(document, catalog()) == ["ac-1", "ac-10", "au-1", "au-2.1"]

    def test_who_is_excluded_is_brought_by_no_child(self) -> None:
        excluded = {"exclude-controls": [{"with-ids": ["ac-2"]}]}
        assert ids(profile("p", imported("catalog", "ac-2.1", **excluded)), catalog()) == ["ac-2.1"]

    def test_several_imports_of_one_catalog_are_in_its_order(self) -> None:
        document = profile("p", imported("catalog", "au-1"), imported("catalog", "ac-2.2"), imported("catalog", "ac-2"))
        assert ids(document, catalog()) == ["ac-2", "ac-2.2", "au-1"]

    def test_unknown_ids_are_named_with_their_path(self) -> None:
        document = profile("p", imported("catalog", "ac-1", "ac-99", "xx-1"))
        details = refused(UnknownControl, document, catalog())
        assert details == {
            "profile.imports[0].include-controls[0].with-ids[1]": "there is no control 'ac-99' in what is imported",
            "profile.imports[0].include-controls[0].with-ids[2]": "there is no control 'xx-1' in what is imported",
        }

    def test_so_are_excluded_ones(self) -> None:
        document = profile("p", imported("catalog", **{"exclude-controls": [{"with-ids": ["no"]}]}))
        assert list(refused(UnknownControl, document, catalog())) == [
            "profile.imports[0].exclude-controls[0].with-ids[0]"
        ]


class TestChains:
    def test_a_profile_of_a_profile_has_what_that_one_leaves(self) -> None:
        inner = profile("inner", imported("catalog", "ac-1", "ac-2.1"))
        assert ids(profile("outer", imported("inner")), inner, catalog()) == ["ac-1", "ac-2", "ac-2.1"]
        details = refused(UnknownControl, profile("outer", imported("inner", "au-1")), inner, catalog())
        assert "au-1" in next(iter(details.values()))

    def test_two_catalogs_stand_side_by_side(self) -> None:
        other = catalog("other", zz=[control("zz-1")])
        found = resolved(profile("p", imported("catalog", "au-1"), imported("other")), catalog(), other).catalog
        assert tree({"id": "", **found}) == ("", ("au", "au-1"), ("zz", "zz-1"))

    def test_what_is_not_there_is_named(self) -> None:
        resource = {"uuid": uuid("gone"), "title": "The gone catalog", "rlinks": [{"href": "../x/gone.xml"}]}
        document = profile(
            "p", {"href": f"#{uuid('gone')}"}, **{"back-matter": {"resources": [resource]}}
        )  # fmt: skip
        assert refused(ImportMissing, document) == {
            "profile.imports[0].href": "nothing here is The gone catalog, gone.json"
        }

    def test_a_profile_that_imports_itself(self) -> None:
        assert refused(ImportCycle, profile("p", imported("p"))) == {"profile.imports[0].href": "p imports p"}

    def test_a_profile_that_imports_itself_through_others(self) -> None:
        documents = [profile(each, imported(following)) for each, following in ("ab", "bc", "ca")]
        assert refused(ImportCycle, *documents) == {"profile.imports[0].href": "a imports b imports c imports a"}

    def test_what_is_imported_by_many_ways_is_resolved_once(self) -> None:
        """Ten profiles that import the next one fifty times each are 50 to the power of 10 ways."""
        chain = [profile(f"p{n}", *[imported(f"p{n + 1}")] * 50) for n in range(9)]
        assert ids(*chain, profile("p9", imported("catalog", "ac-1")), catalog()) == ["ac-1"]

    def test_a_chain_has_an_end(self) -> None:
        chain = [profile(f"p{number}", imported(f"p{number + 1}")) for number in range(20)]
        refused(ImportCycle, *chain)


class TestClashes:
    OTHER = catalog("other", ac=[control("ac-1", prose="Do something else.")])

    def test_different_controls_with_one_id(self) -> None:
        document = profile("p", imported("catalog", "ac-1"), imported("other"))
        assert list(refused(ControlsClash, document, catalog(), self.OTHER)) == ["profile.imports[1]"]

    def test_the_first_one_counts_where_the_profile_says_so(self) -> None:
        merge = {"as-is": True, "combine": {"method": "use-first"}}
        document = profile("p", imported("other"), imported("catalog", "ac-1", "ac-2"), merge=merge)
        found = places(resolved(document, catalog(), self.OTHER).catalog)
        assert list(found) == ["ac-1", "ac-2"]
        assert found["ac-1"].control["parts"][0]["prose"] == "Do something else."

    def test_the_first_import_counts_also_where_its_catalog_is_imported_before(self) -> None:
        merge = {"flat": {}, "combine": {"method": "use-first"}}
        imports = (imported("catalog", "au-1"), imported("other"), imported("catalog", "ac-1"))
        found = places(resolved(profile("p", *imports, merge=merge), catalog(), self.OTHER).catalog)
        assert list(found) == ["au-1", "ac-1"]
        assert found["ac-1"].control["parts"][0]["prose"] == "Do something else."

    def test_the_same_control_by_two_ways_is_one(self) -> None:
        one, two = profile("one", imported("catalog", "ac-2")), profile("two", imported("catalog", "ac-2", "ac-2.1"))
        document = profile("p", imported("one"), imported("two"))
        found = resolved(document, one, two, catalog()).catalog
        assert tree({"id": "", **found}) == ("", ("ac", ("ac-2", "ac-2.1")))
