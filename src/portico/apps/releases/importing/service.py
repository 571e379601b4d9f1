"""The rules of imports from git."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from portico.apps.releases import events
from portico.apps.releases.importing import reads
from portico.apps.releases.importing.configuration import ImportSettings
from portico.apps.releases.importing.fetching import checked_path, checked_url
from portico.apps.releases.importing.plan import Finding, Planned
from portico.apps.releases.importing.repository import ImportRepository
from portico.apps.releases.permissions import Access, Action
from portico.apps.releases.releases.imported import Outcome, add_imported
from portico.kernel import event_log
from portico.kernel.database import Row
from portico.kernel.errors import InvalidInput, NotFound, existing
from portico.kernel.event_log import Actor
from portico.kernel.jobs import enqueue
from portico.kernel.settings import validated
from portico.kernel.transaction import Transaction

JOB = "import_git"
REPORTED = 1000
REFUSED: Mapping[Outcome, str] = {
    "moved": "The release of this version is another commit, and never changes.",
    "draft": "There is a draft of this version: publish or remove it first.",
}


class ServiceNotFound(NotFound):
    message = "No such service"


class ServiceGone(NotFound):
    """What an import was for has been removed meanwhile."""

    message = "The service of this import was removed."


class ImportService:
    def __init__(self, write: Transaction) -> None:
        self._write = write
        self._imports = ImportRepository(write)

    async def queue(self, access: Access, service_id: int, *, url: str | None, path: str | None) -> int:
        """Have a repository imported; answers the job's id. Raises `ServiceNotFound`, `Forbidden`, `InvalidInput`.

        A name is resolved when it is fetched: the answer tells nothing of what names stand for here.
        """
        service = existing(await reads.service(await self._write.connection(), service_id), ServiceNotFound())
        access.require(Action.MANAGE_SERVICES)
        if path is not None:
            checked_path(path, validated(ImportSettings).git_import_root)
        elif url or service["repository_url"]:
            url = url or service["repository_url"]
            checked_url(url)
        else:
            raise InvalidInput(details={"url": "is needed: the service has no repository_url"})
        assert access.caller is not None  # noqa: S101 - else it was not allowed
        owner = access.caller.key
        job_id = await enqueue(self._write, f"releases.{JOB}", owner=owner, url=url, path=path)
        await self._imports.begin(
            job_id=job_id, service_id=service_id, source=url or path, user_id=access.user_id, owner=owner,
            user_name=access.actor.name, address=access.actor.address,
        )  # fmt: skip
        await event_log.add(
            self._write, app="releases", actor=access.actor, action="service.import_queued",
            object=f"service:{service_id}", details={"source": url or path, "job_id": job_id},
        )  # fmt: skip
        return job_id

    async def order(self, job_id: int) -> Row:
        """What is to be imported, and for whom. Raises `ServiceGone`."""
        return existing(await reads.order(await self._write.connection(), job_id), ServiceGone())

    async def take(self, job_id: int, order: Row, planned: Planned, now: datetime) -> Finding | None:
        """Make a release of a version, where there is none; answers what stands against it."""
        outcome = await add_imported(
            self._write, service_id=order["service_id"], version=planned.version, git_sha=planned.tag.sha,
            notes=planned.tag.message, changes=planned.changes, tagged_at=planned.tag.at, user_id=order["user_id"],
            actor=_actor(order), now=now,
        )  # fmt: skip
        if outcome == "imported":
            await self._imports.count_imported(job_id)
        if outcome not in REFUSED:
            return None
        return Finding(planned.tag.name, outcome, REFUSED[outcome])

    async def finish(
        self, job_id: int, order: Row, *, versions: int, passed_over: int, findings: Sequence[Finding]
    ) -> None:
        """Keep the report and tell of it: one event for all releases."""
        imported = (await self.order(job_id))["imported"]
        refused = sum(each.kind in REFUSED for each in findings)
        report: dict[str, Any] = {
            "unchanged": versions - imported - refused, "passed_over": passed_over,
            "findings": [asdict(each) for each in findings[:REPORTED]],
        }  # fmt: skip
        await self._imports.keep_report(job_id, report)
        payload = {"service_id": order["service_id"], "job_id": job_id, "imported": imported}
        await events.tell(self._write, "service.imported", key=f"service:{order['service_id']}", payload=payload)
        await event_log.add(
            self._write, app="releases", actor=_actor(order), action="service.imported",
            object=f"service:{order['service_id']}",
            details={"job_id": job_id, "imported": imported, "findings": len(findings)},
        )  # fmt: skip

    async def sweep(self) -> None:
        """Remove what belongs to jobs that are swept."""
        await self._imports.forget()


def _actor(order: Row) -> Actor:
    return Actor(order["owner"], order["user_name"], order["address"])
