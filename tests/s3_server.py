"""A server that speaks S3, for tests: moto's, over real HTTP. It is no AWS: see docs/files.md."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.commands import eventually, free_port, program

BUCKET = "shelf"


class S3Server:
    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self._process = process

    def objects(self) -> list[str]:
        """The keys of what is there."""
        listing = httpx.get(f"{self.url}/{BUCKET}?list-type=2").text
        return [part.partition("</Key>")[0] for part in listing.split("<Key>")[1:]]

    def unfinished(self) -> int:
        """Uploads that were begun, and neither completed nor given up."""
        return httpx.get(f"{self.url}/{BUCKET}?uploads").text.count("<UploadId>")

    def lose(self, key: str) -> None:
        assert httpx.delete(f"{self.url}/{BUCKET}/{key}").status_code == 204

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def s3_server(patch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A server with a bucket, which the environment leads to."""
    pytest.importorskip("obstore", reason="the extra s3 is not installed")
    port = free_port()
    command = [program("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = S3Server(f"http://127.0.0.1:{port}", process)
    for name, value in {
        "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "key", "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():  # fmt: skip
        patch.setenv(name, value)
    try:
        eventually(lambda: _has_bucket(server.url), within=60)
        yield server
    finally:
        server.stop()


def _has_bucket(url: str) -> bool:
    try:
        return httpx.put(f"{url}/{BUCKET}").status_code == 200
    except httpx.TransportError:
        return False
