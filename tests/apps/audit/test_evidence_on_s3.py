"""The vault in an object store: what is changed, cut, grown or lost there is noticed as well."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.apps.audit.vault import filed
from tests.apps.audit.world import API, World, open_world
from tests.contract.stall import problem
from tests.s3_server import BUCKET, S3Server, s3_server


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with pytest.MonkeyPatch.context() as patch, s3_server(patch) as server:
        yield server


def test_promise_1_what_is_done_to_an_object_is_noticed(new_database: Callable[..., str], s3: S3Server) -> None:
    with open_world(new_database(), files_url=f"s3://{BUCKET}") as world:
        for harm in (b"others", b"cut", b"grown and more", b"", None):
            known = s3.objects()
            version = filed(world, b"origin")
            [key] = set(s3.objects()) - set(known)
            assert content(world, version).content == b"origin"
            if harm is None:
                s3.lose(key)
            else:
                httpx.put(f"{s3.url}/{BUCKET}/{key}", content=harm).raise_for_status()
            details = problem(content(world, version), 409, "EVIDENCE_ALTERED")["details"]
            assert (details["found"] is None) == (harm is None)


def content(world: World, version: dict[str, int]) -> httpx.Response:
    return world.auditor.client.get(f"{API}/evidence-versions/{version['id']}/content")
