"""An embedder behind an address, as OpenAI has it: `POST /v1/embeddings`. Many servers speak it."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from portico.apps.audit.search.embedders import DIMENSIONS, EmbedderFailed, Vector
from portico.kernel import outgoing

WITHIN = 10.0  # seconds, for one batch and all of its answer
MOST = 16 * 1024 * 1024  # bytes of an answer
FAILURES = (outgoing.Refused, outgoing.Failed, httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError)


class HttpEmbedder:
    def __init__(self, url: str, *, model: str, key: str | None, allow_private: bool) -> None:
        self.model = f"{model} at {url}"
        self._url = url
        self._name = model
        self._key = key
        self._allow_private = allow_private

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        body = orjson.dumps({"model": self._name, "input": list(texts), "encoding_format": "float"})
        try:
            async with asyncio.timeout(WITHIN):
                answer = await self._posted(body)
            return _vectors(orjson.loads(answer), len(texts))
        except FAILURES as error:
            raise EmbedderFailed(log=f"{type(error).__name__}: {error}") from None

    async def _posted(self, body: bytes) -> bytes:
        """The answer's body. Connects to an address that was checked, whatever the name means a moment later."""
        target = outgoing.target_of(self._url, allow_private=self._allow_private)
        address = (await outgoing.checked_addresses(target, self._allow_private))[0]
        host = f"[{address}]" if ":" in address else address
        headers = {"Host": target.host_header, "Content-Type": "application/json", **self._authorization()}
        async with (
            httpx.AsyncClient(timeout=WITHIN, trust_env=False, follow_redirects=False) as client,
            client.stream(
                "POST", f"{target.scheme}://{host}:{target.port}{target.path}", content=body, headers=headers,
                extensions={"sni_hostname": target.host},
            ) as answer,
        ):  # fmt: skip
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"the answer is {answer.status_code}")
            taken = bytearray()
            async for part in answer.aiter_bytes():
                taken += part
                if len(taken) > MOST:
                    raise ValueError("the answer is too long")
            return bytes(taken)

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}


embedder = HttpEmbedder


def _vectors(answer: Any, count: int) -> list[Vector]:
    found = {each["index"]: [float(number) for number in each["embedding"]] for each in answer["data"]}
    vectors: list[Vector] = [found[place] for place in range(count)]
    if any(len(vector) != DIMENSIONS or not all(map(math.isfinite, vector)) for vector in vectors):
        raise ValueError(f"these are no vectors of {DIMENSIONS} numbers")
    return vectors
