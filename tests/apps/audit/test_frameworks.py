"""Frameworks: importing them, reading them, mapping them to one another."""

import json
from typing import Any

import pytest

from portico.apps.audit.frameworks import service
from tests.apps.audit.oscal import CATALOG, LOW, Node, catalog, control, head, imported, profile, published, send, uuid
from tests.apps.audit.world import API, Person, World, done
from tests.contract.shop import made, unique
from tests.data_sets import data_set


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def new_catalog(world: World, name: str = "", **groups: list[Node]) -> Any:
    return made(send(world.lead.client, catalog(name or unique("catalog"), **groups)))


def requirements(person: Person, framework_id: int, **params: Any) -> list[Any]:
    path = f"{API}/frameworks/{framework_id}/requirements"
    found: list[Any] = done(person.client.get(path, params=params))["items"]
    return found


def refused(found: Any, status: int, code: str) -> dict[str, str]:
    body = found.json()
    assert (found.status_code, body["code"]) == (status, code), found.text
    return {each["field"]: each["message"] for each in body.get("errors", [])}


class TestImport:
    def test_a_catalog(self, world: World) -> None:
        name = unique("catalog")
        found = made(send(world.lead.client, catalog(name), name="mine.json"))
        assert (found["kind"], found["title"], found["name"], found["requirements"]) == (
            "catalog", name, "mine.json", 8
        )  # fmt: skip
        assert found["imported_by"] == {"id": str(world.lead.id), "name": world.lead.name}
        assert found["families"] == [
            {"id": "ac", "title": "Family ac", "requirements": 5}, {"id": "au", "title": "Family au", "requirements": 3}
        ]  # fmt: skip
        assert done(world.auditor.client.get(f"{API}/frameworks/{found['id']}")) == found
        shown = requirements(world.auditor, found["id"])
        assert [(each["position"], each["code"], each["parent_code"]) for each in shown[:3]] == [
            (1, "ac-1", None), (2, "ac-2", None), (3, "ac-2.1", "ac-2")
        ]  # fmt: skip
        assert shown[2]["statement_id"] == "ac-2.1_smt"

    def test_it_is_logged(self, world: World) -> None:
        found = new_catalog(world)
        query = "SELECT action, actor_name FROM portico.event_log WHERE object = %(object)s"
        (event,) = world.sql(query, object=f"framework:{found['id']}")
        assert event == {"action": "framework.imported", "actor_name": world.lead.email}

    def test_the_same_edition_again(self, world: World) -> None:
        document = catalog(unique("catalog"))
        made(send(world.lead.client, document))
        refused(send(world.lead.client, document), 409, "FRAMEWORK_EXISTS")

    def test_sent_twice_with_one_key_it_is_there_once(self, world: World) -> None:
        document, headers = catalog(unique("catalog")), {"Idempotency-Key": unique("key")}
        first, second = (
            made(world.lead.client.post(f"{API}/frameworks/import", json=document, headers=headers)) for _ in range(2)
        )
        assert first == second

    def test_a_profile_by_uuid(self, world: World) -> None:
        source = unique("catalog")
        framework = new_catalog(world, source)
        found = made(send(world.lead.client, profile(unique("p"), imported(source, "ac-2.1"))))
        assert [each["code"] for each in requirements(world.lead, found["id"])] == ["ac-2", "ac-2.1"]
        assert found["imports"] == [
            {"href": f"urn:uuid:{uuid(source)}", "framework_id": framework["id"], "title": source,
             "document_version": "1"}
        ]  # fmt: skip

    def test_a_profile_by_the_name_of_a_file(self, world: World) -> None:
        source = unique("catalog")
        made(send(world.lead.client, catalog(source), name=f"{source}.json"))
        named = {"href": f"../../x/{source}.xml", "include-controls": [{"with-ids": ["au-1"]}]}
        found = made(send(world.lead.client, profile(unique("p"), named)))
        assert found["requirements"] == 1

    def test_a_profile_by_the_title_of_a_resource(self, world: World) -> None:
        title = unique("Title")
        document = catalog(unique("catalog"))
        document["catalog"]["metadata"]["title"] = title
        made(send(world.lead.client, document))
        resources = [{"uuid": uuid("resource"), "description": title}]
        made_of = profile(
            unique("p"), {"href": f"#{uuid('resource')}"}, **{"back-matter": {"resources": resources}}
        )  # fmt: skip
        assert made(send(world.lead.client, made_of))["requirements"] == 8

    def test_a_chain_of_profiles(self, world: World) -> None:
        source, low, own = unique("catalog"), unique("low"), unique("own")
        new_catalog(world, source)
        made(send(world.lead.client, profile(low, imported(source, "ac-1", "ac-2", "au-1"))))
        found = made(send(world.lead.client, profile(own, imported(low, "ac-1", "au-1"))))
        last = made(send(world.lead.client, profile(unique("last"), imported(own, "au-1"))))
        assert (found["requirements"], last["requirements"]) == (2, 1)
        errors = refused(send(world.lead.client, profile(unique("p"), imported(own, "ac-2"))), 422, "UNKNOWN_CONTROL")
        assert list(errors) == ["profile.imports[0].include-controls[0].with-ids[0]"]

    def test_what_was_resolved_stays_so(self, world: World) -> None:
        """A newer edition of the same name is not what an older profile was made of."""
        name, low = unique("catalog"), unique("low")
        made(send(world.lead.client, catalog(f"{name}-1"), name=f"{name}.json"))
        made(send(world.lead.client, profile(low, {"href": f"{name}.json"})))
        newer = catalog(f"{name}-2", ac=[control("ac-1")])
        made(send(world.lead.client, newer, name=f"{name}.json"))
        again = made(send(world.lead.client, profile(unique("own"), imported(low))))
        assert again["requirements"] == 8
        now = made(send(world.lead.client, profile(unique("new"), {"href": f"{name}.json"})))
        assert now["requirements"] == 1

    def test_what_it_imports_has_to_be_here(self, world: World) -> None:
        errors = refused(send(world.lead.client, profile(unique("p"), imported("nowhere"))), 422, "IMPORT_MISSING")
        assert errors == {"profile.imports[0].href": f"nothing here is urn:uuid:{uuid('nowhere')}"}

    def test_it_does_not_import_itself(self, world: World) -> None:
        own = unique("own")
        assert refused(send(world.lead.client, profile(own, imported(own))), 422, "IMPORT_CYCLE") == {
            "profile.imports[0].href": f"{own} imports {own}"
        }
        refused(send(world.lead.client, profile(own, {"href": "own.xml"}), name="own.json"), 422, "IMPORT_CYCLE")

    def test_a_framework_has_controls(self, world: World) -> None:
        empty = {"catalog": head(unique("catalog"))}
        refused(send(world.lead.client, empty), 422, "NO_CONTROLS")

    def test_a_framework_has_not_too_many_controls(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "MOST_CONTROLS", 7)
        refused(send(world.lead.client, catalog(unique("catalog"))), 422, "TOO_MANY_CONTROLS")

    def test_what_is_wrong_is_named_by_its_path(self, world: World) -> None:
        document = catalog(unique("catalog"))
        document["catalog"]["groups"][0]["controls"][1]["titel"] = "x"
        errors = refused(send(world.lead.client, document), 422, "NOT_OSCAL")
        assert errors == {"catalog.groups[0].controls[1].titel": "Extra inputs are not permitted"}

    @pytest.mark.parametrize("kind", ["application/xml", "application/yaml", "text/plain", ""])
    def test_other_syntaxes_are_refused_by_name(self, world: World, kind: str) -> None:
        found = world.lead.client.post(
            f"{API}/frameworks/import", content=b"<catalog/>", headers={"Content-Type": kind}
        )
        assert found.status_code == 415
        assert "XML and YAML" in found.json()["detail"]

    def test_xml_that_is_called_json(self, world: World) -> None:
        headers = {"Content-Type": "application/json"}
        found = world.lead.client.post(f"{API}/frameworks/import", content=b"<catalog/>", headers=headers)
        assert "XML" in refused(found, 422, "NOT_OSCAL")["$"]

    def test_who_may(self, world: World) -> None:
        for person in (world.auditor, world.reviewer, world.auditee):
            assert send(person.client, catalog(unique("catalog"))).status_code == 403
        made(send(world.admin.client, catalog(unique("catalog"))))

    def test_up_to_a_size(self, world: World) -> None:
        document = catalog(unique("catalog"))
        headers = {"Content-Type": "application/json"}
        body = json.dumps(document).encode()
        padded = body + b" " * (16 * 1024 * 1024 - len(body))
        over = world.lead.client.post(f"{API}/frameworks/import", content=padded + b" ", headers=headers)
        assert over.status_code == 413
        made(world.lead.client.post(f"{API}/frameworks/import", content=padded, headers=headers))


class TestNist:
    def test_the_catalog_and_its_low_baseline(self, world: World) -> None:
        headers = {"Content-Type": "application/json"}
        post = world.lead.client.post
        # As NIST publishes them. The profile names the catalog by its title and by the name of a file.
        whole = made(post(f"{API}/frameworks/import", content=data_set(CATALOG).read_bytes(), headers=headers))
        low = made(post(f"{API}/frameworks/import", content=data_set(LOW).read_bytes(), headers=headers))
        assert (whole["requirements"], low["requirements"]) == (1189, 149)
        assert sum(each["requirements"] for each in whole["families"]) == 1007
        assert [each["framework_id"] for each in low["imports"]] == [whole["id"]]
        first = requirements(world.auditor, low["id"], limit=1)[0]
        assert (first["label"], first["title"], first["family_title"]) == (
            "AC-1", "Policy and Procedures", "Access Control"
        )  # fmt: skip
        assert "[Assignment: organization-defined personnel or roles]" in first["text"]
        assert published(LOW)["profile"]["metadata"]["title"] == low["title"]


class TestReading:
    def test_requirements_go_on_behind_a_cursor(self, world: World) -> None:
        path = f"{API}/frameworks/{new_catalog(world)['id']}/requirements"
        first = done(world.auditor.client.get(path, params={"limit": 5}))
        rest = done(world.auditor.client.get(path, params={"limit": 5, "cursor": first["next_cursor"]}))
        codes = [each["code"] for each in (*first["items"], *rest["items"])]
        assert codes == ["ac-1", "ac-2", "ac-2.1", "ac-2.2", "ac-10", "au-1", "au-2", "au-2.1"]
        assert (first["total"], rest["next_cursor"]) == (8, None)

    def test_requirements_of_a_family_and_by_words(self, world: World) -> None:
        framework_id = new_catalog(world, ac=[control("ac-1", prose="Keep 100% of it.")], au=[control("au-1")])["id"]
        assert [each["code"] for each in requirements(world.auditor, framework_id, family="au")] == ["au-1"]
        assert [each["code"] for each in requirements(world.auditor, framework_id, q="100% OF")] == ["ac-1"]
        assert requirements(world.auditor, framework_id, q="_") == []

    def test_withdrawn_ones_are_shown_where_they_are_asked_for(self, world: World) -> None:
        withdrawn = control("ac-2", props=[{"name": "status", "value": "Withdrawn"}])
        framework_id = new_catalog(world, ac=[control("ac-1"), withdrawn])["id"]
        assert [each["code"] for each in requirements(world.auditor, framework_id)] == ["ac-1"]
        assert [each["is_withdrawn"] for each in requirements(world.auditor, framework_id, withdrawn=True)] == [
            False, True
        ]  # fmt: skip

    def test_one_requirement(self, world: World) -> None:
        shown = requirements(world.auditor, new_catalog(world)["id"])[0]
        assert done(world.auditor.client.get(f"{API}/requirements/{shown['id']}")) == shown

    def test_the_team_of_an_engagement_reads_and_nobody_else(self, world: World) -> None:
        framework_id = new_catalog(world)["id"]
        requirement = requirements(world.auditor, framework_id)[0]["id"]
        paths = (f"frameworks/{framework_id}", f"frameworks/{framework_id}/requirements",
                 f"frameworks/{framework_id}/mappings", f"requirements/{requirement}")  # fmt: skip
        for person in (world.auditee, world.person()):
            assert done(person.client.get(f"{API}/frameworks")) == {"items": [], "total": 0, "next_cursor": None}
            assert [person.client.get(f"{API}/{path}").status_code for path in paths] == [404] * 4
        for person in (world.admin, world.reviewer, world.other_reviewer):
            assert [person.client.get(f"{API}/{path}").status_code for path in paths] == [200] * 4


class TestMappings:
    def test_both_sides_show_them(self, world: World) -> None:
        one, other = new_catalog(world), new_catalog(world)
        wanted = [{"code": "ac-1", "target": "au-1", "relationship": "subset"}, {"code": "ac-2", "target": "au-2"}]
        body = {"target_framework_id": other["id"], "mappings": wanted}
        assert made(world.lead.client.post(f"{API}/frameworks/{one['id']}/mappings", json=body)) == {"mapped": 2}
        for framework in (one, other):
            shown = done(world.auditor.client.get(f"{API}/frameworks/{framework['id']}/mappings"))["items"]
            assert [(each["requirement"]["code"], each["target"]["code"], each["relationship"]) for each in shown] == [
                ("ac-2", "au-2", "equivalent"), ("ac-1", "au-1", "subset")
            ]  # fmt: skip
        path = f"{API}/frameworks/{other['id']}/mappings"
        assert [
            each["target"]["code"] for each in done(world.auditor.client.get(path, params={"code": "au-1"}))["items"]
        ] == ["au-1"]

    def test_said_again_the_relationship_is_another(self, world: World) -> None:
        one, other = new_catalog(world), new_catalog(world)
        path = f"{API}/frameworks/{one['id']}/mappings"
        for relationship in ("equal", "superset"):
            wanted = {"code": "ac-1", "target": "ac-1", "relationship": relationship}
            made(world.lead.client.post(path, json={"target_framework_id": other["id"], "mappings": [wanted]}))
        (shown,) = done(world.lead.client.get(path))["items"]
        assert shown["relationship"] == "superset"
        assert world.auditor.client.delete(f"{path}/{shown['id']}").status_code == 403
        assert world.lead.client.delete(f"{path}/{shown['id']}").status_code == 204
        assert world.lead.client.delete(f"{path}/{shown['id']}").status_code == 404

    def test_what_is_unknown_is_named(self, world: World) -> None:
        one, other = new_catalog(world), new_catalog(world)
        path = f"{API}/frameworks/{one['id']}/mappings"
        wanted = [{"code": "ac-1", "target": "zz"}, {"code": "zz", "target": "ac-1"}]
        body = {"target_framework_id": other["id"], "mappings": wanted}
        errors = refused(world.lead.client.post(path, json=body), 422, "VALIDATION_ERROR")
        assert errors == {"mappings.1.code": "is unknown", "mappings.0.target": "is unknown"}
        itself = {"target_framework_id": one["id"], "mappings": [{"code": "ac-1", "target": "ac-2"}]}
        refused(world.lead.client.post(path, json=itself), 422, "VALIDATION_ERROR")
