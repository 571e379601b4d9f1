"""What a delivery says, whoever sent it. The translations of the senders make these, the service acts on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from portico.kernel.errors import InvalidInput

M = TypeVar("M", bound=BaseModel)
Word = Annotated[str, Field(max_length=500)]
"""What names something: it is looked for, and kept."""
State = Literal["requested", "running", "succeeded", "failed"]


@dataclass(frozen=True, kw_only=True)
class Noted:
    """Nothing that we act upon, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """A commit has a version now, or notes were written for it."""

    repositories: tuple[str, ...]
    tag: str
    git_sha: str = ""
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployment is wanted, runs, or has ended. `external` is the sender's name for it.

    `deployment_id` is ours, where the sender was told it. Else it is found by what is deployed where: a commit, a tag
    or a version, of a service or of the only one in these repositories.
    """

    external: str
    environment: str
    state: State
    repositories: tuple[str, ...] = ()
    service: str = ""
    git_sha: str = ""
    version: str = ""
    deployment_id: int | None = None
    why: str = ""
    is_rollback: bool = False


@dataclass(frozen=True, kw_only=True)
class Incident:
    """Something goes wrong, or does no more."""

    external: str
    environment: str
    service: str
    text: str
    is_resolved: bool = False


Message = Noted | Tagged | Deployed | Incident
Translation = Callable[[dict[str, Any]], Message]


def checked(model: type[M], payload: Mapping[str, Any]) -> M:
    """The fields of a delivery that matter; others are the sender's business. Raises `InvalidInput`."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise InvalidInput(details={".".join(map(str, one["loc"])): one["msg"] for one in found}) from None
