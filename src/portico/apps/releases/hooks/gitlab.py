"""GitLab's deliveries: https://docs.gitlab.com/user/project/integrations/webhook_events/."""

from typing import Any

from pydantic import BaseModel

from portico.apps.releases.hooks.messages import Deployed, Message, Noted, State, Tagged, Translation, Word, checked

TAGS = "refs/tags/"
NO_COMMIT = "0" * 40
STATES: dict[str, State] = {
    "created": "requested",
    "running": "running",
    "success": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


class Project(BaseModel):
    web_url: Word
    git_http_url: Word = ""
    git_ssh_url: Word = ""

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.web_url, self.git_http_url, self.git_ssh_url)


class Push(BaseModel):
    ref: Word
    after: Word
    project: Project


class Commit(BaseModel):
    id: Word = ""


class Released(BaseModel):
    action: Word
    tag: Word
    description: str | None = ""
    commit: Commit = Commit()
    project: Project


class DeploymentMade(BaseModel):
    status: Word
    deployment_id: int
    environment: Word
    short_sha: Word
    ref: Word = ""
    project: Project


def _pushed(payload: dict[str, Any]) -> Message:
    return Noted(reason=f"{checked(Push, payload).ref}: commits come with a release, or by import")


def _tagged(payload: dict[str, Any]) -> Message:
    push = checked(Push, payload)
    tag = push.ref.removeprefix(TAGS)
    if push.after == NO_COMMIT:
        return Noted(reason=f"the tag {tag} was removed: a release is withdrawn by people")
    return Tagged(repositories=push.project.urls, tag=tag, git_sha=push.after)


def _released(payload: dict[str, Any]) -> Message:
    made = checked(Released, payload)
    if made.action != "create":
        return Noted(reason=f"{made.action}: only a new release makes a draft")
    return Tagged(repositories=made.project.urls, tag=made.tag, git_sha=made.commit.id, notes=made.description or "")


def _deployed(payload: dict[str, Any]) -> Message:
    made = checked(DeploymentMade, payload)
    state = STATES.get(made.status)
    if state is None:
        return Noted(reason=f"the status {made.status} says nothing new")
    return Deployed(
        external=f"{made.project.web_url} {made.deployment_id}",
        environment=made.environment,
        state=state,
        repositories=made.project.urls,
        git_sha=made.short_sha,
        version=made.ref,
        why="cancelled in GitLab" if made.status == "canceled" else "",
    )


GITLAB: dict[str, Translation] = {
    "push": _pushed,
    "tag_push": _tagged,
    "release": _released,
    "deployment": _deployed,
}
