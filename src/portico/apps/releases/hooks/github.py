"""GitHub's deliveries: https://docs.github.com/webhooks/webhook-events-and-payloads."""

from typing import Any

from pydantic import BaseModel, Field

from portico.apps.releases.hooks.messages import Deployed, Message, Noted, State, Tagged, Translation, Word, checked

TAGS = "refs/tags/"
LONGEST_NAME = 200
STATES: dict[str, State] = {
    "in_progress": "running",
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
}
"""`pending`, `queued` and `waiting` say nothing new; `inactive` is said of the one before."""


class Repository(BaseModel):
    html_url: Word
    clone_url: Word = ""
    ssh_url: Word = ""

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.html_url, self.clone_url, self.ssh_url)


class Push(BaseModel):
    ref: Word
    after: Word
    deleted: bool = False
    repository: Repository


class GitHubRelease(BaseModel):
    tag_name: Word
    target_commitish: Word = ""
    body: str | None = ""


class Released(BaseModel):
    release: GitHubRelease
    repository: Repository


class GitHubDeployment(BaseModel):
    id: int
    sha: Word
    environment: Word
    ref: Word = ""
    payload: Any = Field(default_factory=dict)


class DeploymentMade(BaseModel):
    deployment: GitHubDeployment
    repository: Repository


class Status(BaseModel):
    state: Word
    description: str | None = ""


class StatusMade(DeploymentMade):
    deployment_status: Status


def _pushed(payload: dict[str, Any]) -> Message:
    push = checked(Push, payload)
    if not push.ref.startswith(TAGS):
        return Noted(reason=f"{push.ref}: commits come with a release, or by import")
    tag = push.ref.removeprefix(TAGS)
    if push.deleted:
        return Noted(reason=f"the tag {tag} was removed: a release is withdrawn by people")
    return Tagged(repositories=push.repository.urls, tag=tag, git_sha=push.after)


def _released(payload: dict[str, Any]) -> Message:
    made = checked(Released, payload)
    return Tagged(
        repositories=made.repository.urls,
        tag=made.release.tag_name,
        git_sha=made.release.target_commitish,  # a commit, or the name of a branch
        notes=made.release.body or "",
    )


def _requested(payload: dict[str, Any]) -> Message:
    return _deployed(checked(DeploymentMade, payload), "requested")


def _status(payload: dict[str, Any]) -> Message:
    made = checked(StatusMade, payload)
    state = STATES.get(made.deployment_status.state)
    if state is None:
        return Noted(reason=f"the state {made.deployment_status.state} says nothing new")
    return _deployed(made, state, made.deployment_status.description or "")


def _deployed(made: DeploymentMade, state: State, why: str = "") -> Deployed:
    told = made.deployment.payload if isinstance(made.deployment.payload, dict) else {}
    ours = told.get("portico_deployment_id")
    return Deployed(
        external=f"{made.repository.html_url} {made.deployment.id}",
        environment=made.deployment.environment,
        state=state,
        repositories=made.repository.urls,
        service=str(told.get("service", ""))[:LONGEST_NAME],
        git_sha=made.deployment.sha,
        version=made.deployment.ref.removeprefix(TAGS),
        deployment_id=ours if isinstance(ours, int) else None,
        why=why,
    )


GITHUB: dict[str, Translation] = {
    "push": _pushed,
    "release.published": _released,
    "deployment.created": _requested,
    "deployment_status.created": _status,
}
