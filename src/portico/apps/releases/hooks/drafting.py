"""From a tag to a draft. A hook publishes nothing: that is for people, who answer for it."""

import re
from typing import Any

from portico.apps.releases.hooks import reads
from portico.apps.releases.hooks.messages import Tagged
from portico.apps.releases.hooks.result import Ignored, Result
from portico.apps.releases.permissions import Access
from portico.apps.releases.releases.service import ReleaseService, VersionTaken
from portico.kernel.database import Connection, Row
from portico.kernel.etags import IfMatch
from portico.kernel.transaction import Transaction

GIT_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
LONGEST_NOTES = 100_000
ANY_VERSION = IfMatch(None)


class Drafting:
    """The push of a tag and the release of it come in any order: each fills in what the draft has not yet."""

    def __init__(self, write: Transaction, access: Access) -> None:
        self._write = write
        self._releases = ReleaseService(write, access)

    async def draft(self, tagged: Tagged) -> Result:
        """Raises `Ignored`, and what `ReleaseService` raises."""
        connection = await self._write.connection()
        service, version = await self._meant(connection, tagged)
        values: dict[str, Any] = {
            "git_sha": tagged.git_sha if GIT_SHA.fullmatch(tagged.git_sha) else "",
            "notes": tagged.notes[:LONGEST_NOTES],
        }
        found = await reads.release_of_version(connection, service["id"], version)
        if found is None:
            try:
                made = await self._releases.create(service_id=service["id"], version=version, artifacts=[], **values)
                return Result("taken", "a draft was made", f"release:{made}")
            except VersionTaken:  # the other delivery was there a moment before
                found = await reads.release_of_version(connection, service["id"], version)
                if found is None:
                    raise
        return await self._filled_in(found, values)

    async def _filled_in(self, found: Row, values: dict[str, Any]) -> Result:
        name = f"release:{found['id']}"
        if found["state"] != "draft":
            raise Ignored(f"release {found['id']} is {found['state']}, and stays as it is")
        new = {field: value for field, value in values.items() if value and not found[field]}
        if not new:
            raise Ignored(f"release {found['id']} has all of it")
        await self._releases.change(found["id"], ANY_VERSION, **new)
        return Result("taken", f"the draft has its {' and '.join(sorted(new))} now", name)

    async def _meant(self, connection: Connection, tagged: Tagged) -> tuple[Row, str]:
        """The service whose tag this is, and the version. Of several in one repository the longest prefix counts."""
        found = await reads.services(connection, name="", repositories=tagged.repositories)
        if not found:
            raise Ignored("no service has this repository")
        fitting = [
            (service, version)
            for service in sorted(found, key=lambda each: len(each["tag_prefix"]), reverse=True)
            if (version := reads.version_in(tagged.tag, service["tag_prefix"])) is not None
        ]
        if not fitting:
            raise Ignored(f"{tagged.tag} is no version")
        return fitting[0]
