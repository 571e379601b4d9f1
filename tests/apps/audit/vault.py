"""Evidence, requests and uploads of a world, and the jobs that belong to them, which are run here and now."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from psycopg.types.json import Jsonb

from portico.kernel.database import JOB_LIMITS, Database
from portico.kernel.file_stores import folder_of
from portico.kernel.job_runs import Run, run_once
from portico.kernel.jobs import jobs_of
from portico.kernel.runtime import Runtime
from tests.apps.audit.world import API, Person, World, done
from tests.contract.shop import made, unique
from tests.servers import settings_of

TODO = """
    UPDATE portico_queue.procrastinate_jobs SET status = 'succeeded'
    WHERE id IN (SELECT id FROM portico_queue.procrastinate_jobs WHERE task_name = %(task)s AND status = 'todo')
    RETURNING id, args"""


def filed(world: World, content: bytes = b"", *, by: Person | None = None, name: str = "a.txt", **form: Any) -> Any:
    """A new version, filed by the auditor or somebody else: of evidence of its own, unless the form says of which."""
    found = file(world, content or unique("content").encode(), by=by, name=name, **form)
    return made(found)


def file(world: World, content: bytes, *, by: Person | None = None, name: str = "a.txt", **form: Any) -> httpx.Response:
    data = {"engagement": world.id, **form}
    files = {"file": (name, content, "application/octet-stream")}
    return (by or world.auditor).client.post(f"{API}/evidence", data=data, files=files)


def uploaded(world: World, *files: tuple[str, bytes], by: Person | None = None, **form: Any) -> list[dict[str, Any]]:
    """The jobs of an upload."""
    found = upload(world, *files, by=by, **{"engagement": world.id, **form})
    jobs: list[dict[str, Any]] = made(found)["jobs"]
    return jobs


def upload(world: World, *files: tuple[str, bytes], by: Person | None = None, **form: Any) -> httpx.Response:
    parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
    return (by or world.auditor).client.post(f"{API}/documents/upload", data=form, files=parts)


def request(world: World, *, to: Person | None = None, is_sent: bool = True, **values: Any) -> dict[str, Any]:
    """A new request to the auditee, or to somebody else."""
    body = {"title": "Bank statements", "assignee_id": str((to or world.auditee).id), **values}
    draft = made(world.auditor.client.post(f"{world.path}/requests", json=body))
    return step(world.auditor, draft, "send") if is_sent else draft


def step(person: Person, request: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
    return done(person.client.post(f"{API}/requests/{request['id']}/{action}", json=body))


def path_of(world: World, version_id: int) -> Path:
    """Where the bytes of a version are."""
    [row] = world.sql("SELECT file_id FROM audit.evidence_versions WHERE id = %(id)s", id=version_id)
    key = UUID(str(row["file_id"])).hex
    folder = folder_of(settings_of(world.url))
    assert folder is not None
    return folder / key[:2] / key


def alter(world: World, version_id: int) -> None:
    """Change one bit of one byte of a version."""
    path = path_of(world, version_id)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def run_job(world: World, name: str, *, job_id: int = 0, **args: Any) -> None:
    """One try of a job, in this process."""

    async def run() -> None:
        settings = settings_of(world.url)
        runtime = Runtime(settings=settings, database=Database(world.url, pool_size=2, limits=JOB_LIMITS))
        await runtime.open()
        try:
            found = jobs_of(["audit"])[f"audit.{name}"]
            await run_once(found, Run(id=job_id, app="audit", name=found.name, runtime=runtime), args)
        finally:
            await runtime.close()

    asyncio.run(run())


def read_documents(world: World) -> None:
    """Run what was queued by uploads."""
    for job in world.sql(TODO, task="audit.extract_document"):
        run_job(world, "extract_document", job_id=job["id"], **job["args"])


def events(world: World, action: str, **details: Any) -> list[dict[str, Any]]:
    """Logged events of this action whose details contain these."""
    query = "SELECT * FROM portico.event_log WHERE app = 'audit' AND action = %(action)s AND details @> %(details)s"
    return world.sql(f"{query} ORDER BY id", action=action, details=Jsonb(details))
