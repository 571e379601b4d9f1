"""The rules of routings: what is released never changes, and only that may be worked by."""

from collections.abc import Sequence
from typing import Any

from portico.apps.factory.permissions import Access, Action
from portico.apps.factory.routings.models import ROUTING_MACHINE, Routing
from portico.apps.factory.routings.repository import RoutingRepository
from portico.kernel.errors import Conflict, InvalidInput, NotFound
from portico.kernel.etags import IfMatch
from portico.kernel.rows import InUse, NameTaken
from portico.kernel.transaction import Transaction


class RoutingNotFound(NotFound):
    def __init__(self, routing_id: int) -> None:
        super().__init__(f"There is no routing {routing_id}.")


class NotADraft(Conflict):
    code = "NOT_A_DRAFT"

    def __init__(self, state: str) -> None:
        super().__init__(f"It is {state}: make the next edition instead.", details={"state": state})


class NoSteps(Conflict):
    code = "NO_STEPS"
    message = "A routing without steps tells nobody what to do."


class NotReleased(Conflict):
    code = "ROUTING_NOT_RELEASED"

    def __init__(self, code: str, state: str) -> None:
        super().__init__(f"Routing {code} is {state}: orders follow released ones.", details={"state": state})


class RoutingService:
    def __init__(self, write: Transaction, access: Access) -> None:
        self._access = access
        self._routings = RoutingRepository(write)

    async def create(self, *, steps: Sequence[dict[str, Any]] = (), **values: Any) -> int:
        """Add a draft, the first edition of its code. Raises `NameTaken`, `InvalidInput`."""
        self._access.require(Action.CONFIGURE)
        return await self._add(Routing(**values), steps)

    async def change(self, routing_id: int, match: IfMatch, **values: Any) -> None:
        """Set these values of a draft. Raises `RoutingNotFound`, `NotADraft`, `PreconditionFailed`, `InvalidInput`."""
        routing = await self._draft(routing_id, match)
        steps = values.pop("steps", None)
        routing.change(**values)
        if steps is not None:
            await self._set_steps(routing, steps)

    async def delete(self, routing_id: int, match: IfMatch) -> None:
        """Remove a draft. Raises `RoutingNotFound`, `NotADraft`, `InUse`, `PreconditionFailed`."""
        routing = await self._draft(routing_id, match)
        if (by := await self._routings.remove(routing)) is not None:
            raise InUse("routing", by)

    async def release(self, routing_id: int) -> None:
        """Fix it for ever. Raises `RoutingNotFound`, `IllegalTransition`, `NoSteps`, `InvalidInput`."""
        routing = await self._locked(routing_id)
        state = ROUTING_MACHINE.advance(routing, "release", self._access.may)
        steps = await self._routings.steps(routing.id)
        if not steps:
            raise NoSteps
        if await self._routings.deleted({step["workstation_id"] for step in steps}):
            raise InvalidInput(details={"steps": "name a workstation that is deleted"})
        routing.change(state=state)

    async def retire(self, routing_id: int) -> None:
        """No new order follows it; those that do go on. Raises `RoutingNotFound`, `IllegalTransition`."""
        routing = await self._locked(routing_id)
        routing.change(state=ROUTING_MACHINE.advance(routing, "retire", self._access.may))

    async def new_edition(self, routing_id: int) -> int:
        """A draft with the same steps, which is the next edition. Raises `RoutingNotFound`, `NameTaken`."""
        routing = await self._locked(routing_id)
        edition = await self._routings.last_edition(routing.code) + 1
        following = Routing(code=routing.code, name=routing.name, edition=edition)
        return await self._add(following, await self._routings.steps(routing.id))

    async def snapshot(self, routing_id: int) -> list[dict[str, Any]]:
        """The steps that an order begins to run on, as values. Raises `RoutingNotFound`, `NotReleased`."""
        routing = await self._routings.lock(routing_id)
        if routing is None:
            raise RoutingNotFound(routing_id)
        if routing.state != "released":
            raise NotReleased(routing.code, routing.state)
        return await self._routings.steps(routing.id)

    async def _add(self, routing: Routing, steps: Sequence[dict[str, Any]]) -> int:
        if not await self._routings.save(routing):
            raise NameTaken("routing", routing.code)
        await self._set_steps(routing, steps)
        return routing.id

    async def _set_steps(self, routing: Routing, steps: Sequence[dict[str, Any]]) -> None:
        if await self._routings.set_steps(routing.id, steps) is not None:
            raise InvalidInput(details={"steps": "name a workstation that there is not"})

    async def _draft(self, routing_id: int, match: IfMatch) -> Routing:
        routing = await self._locked(routing_id)
        match.check(routing.version)
        if routing.state != "draft":
            raise NotADraft(routing.state)
        return routing

    async def _locked(self, routing_id: int) -> Routing:
        self._access.require(Action.CONFIGURE)
        routing = await self._routings.lock(routing_id)
        if routing is None:
            raise RoutingNotFound(routing_id)
        return routing
