"""What is done about a delivery. It has the rights of an account that is named like its sender, and no others.

So a hook bypasses nothing: what it asks for goes through the services that people and pipelines use, and what these
refuse is noted with the reason. The sender is not told to try again: it could only be refused again.
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from portico.apps.releases.hooks import reads
from portico.apps.releases.hooks.deploying import Deploying
from portico.apps.releases.hooks.drafting import Drafting
from portico.apps.releases.hooks.messages import Deployed, Incident, Message, Noted, Tagged
from portico.apps.releases.hooks.reporting import Reporting
from portico.apps.releases.hooks.repository import DeliveryRepository
from portico.apps.releases.hooks.result import Ignored, Result
from portico.apps.releases.permissions import SCOPES, Access, Action
from portico.identity.public import Caller
from portico.kernel.database import Connection
from portico.kernel.errors import Problem
from portico.kernel.transaction import Transaction
from portico.kernel.webhook_intake import Delivery

T = TypeVar("T")
LONGEST_EVENT = 200
ALLOWED = frozenset((*SCOPES, Action.RESOLVE))
"""What a hook may do at the most, whatever its account may: nothing that people answer for."""


async def access_of(connection: Connection, source: str, address: str) -> Access | None:
    """What this source may do; None where it has no account."""
    account = await reads.account(connection, source)
    if account is None:
        return None
    roles = frozenset(account["roles"])
    return Access(Caller(account["id"], UUID(int=0), roles, ALLOWED, account["username"]), address)


class HookService:
    def __init__(self, write: Transaction, source: str, now: datetime) -> None:
        self._write = write
        self._source = source
        self._now = now
        self._deliveries = DeliveryRepository(write)

    async def take(self, delivery: Delivery, message: Message | None, access: Access | None) -> Result:
        """Act upon it, and keep what came of it. What is refused leaves nothing behind but that."""
        result = await self._result(delivery, message, access)
        await self._deliveries.add(
            now=self._now,
            source=self._source,
            delivery_id=delivery.id,
            event=delivery.event[:LONGEST_EVENT],
            outcome=result.outcome,
            reason=result.reason,
            object=result.object,
            said=_words(message),
            deployment_id=result.deployment_id,
            incident_id=result.incident_id,
            external=getattr(message, "external", ""),
        )
        return result

    async def _result(self, delivery: Delivery, message: Message | None, access: Access | None) -> Result:
        if message is None:
            return Result("ignored", f"nothing is done about {delivery.event or 'this'}")
        if isinstance(message, Noted):
            return Result("ignored", message.reason)
        if access is None:
            return Result(
                "refused", f"there is no account {self._source} with a role: it would say what the hook may do"
            )
        return await self._acted_upon(message, access)

    async def _acted_upon(self, message: Tagged | Deployed | Incident, access: Access) -> Result:
        made: int | None = None
        try:
            if isinstance(message, Tagged):
                return await self._kept(Drafting(self._write, access).draft(message))
            await self._deliveries.in_turn(self._source, message.external)
            if isinstance(message, Incident):
                return await self._kept(Reporting(self._write, access, self._source, self._now).report(message))
            deploying = Deploying(self._write, access, self._source, self._now)
            made = await self._kept(deploying.find(message))
            return await self._kept(deploying.follow(message, made))
        except Ignored as ignored:
            return Result("ignored", str(ignored), _named(made), made)
        except Problem as problem:
            if problem.status >= 500:
                raise  # of ours: the sender may try again
            return Result("refused", problem.text, _named(made), made)

    async def _kept(self, work: Awaitable[T]) -> T:
        """Do a part, and keep what it has written unless it fails: not all errors undo what was done before them."""
        part = await self._write.session.begin_nested()
        try:
            result = await work
        except BaseException as error:
            await (part.commit() if isinstance(error, Problem) and error.commits else part.rollback())
            raise
        await part.commit()
        return result


def _named(deployment_id: int | None) -> str:
    return "" if deployment_id is None else f"deployment:{deployment_id}"


def _words(message: Message | None) -> dict[str, Any]:
    """The words of a message that say what it was about."""
    found = {} if message is None or isinstance(message, Noted) else vars(message)
    return {name: value for name, value in found.items() if value and name not in ("notes", "external")}
