"""An agent: it claims what is queued for an environment, and runs a command for each.

A deployment is this agent's from the claim to the end. What the server says of it counts: where it says that the
deployment is lost or somebody else's, the command is stopped.
"""

import json
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from portico.apps.releases.pipeline.client import Portico, Refused, Unreachable
from portico.apps.releases.pipeline.command import Command

POLL = 2.0  # seconds between two looks at what is queued
HEARTBEAT = 20.0  # seconds: the lease is 60
LOG_EVERY = 3.0  # seconds between two reports of the output
LOOK = 0.5  # seconds between two looks at the command
SOON = 15.0  # seconds that a report may take while the command runs
STAGE, NAME = 1, "run"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an agent runs, and for what."""

    environment: str
    command: str
    name: str
    service: str | None = None
    grace: float = 20.0
    """Seconds that the command has to end by itself once the agent has been told to stop."""


class NoSuchEnvironment(Exception):
    """Nothing would ever be queued there."""


class Stopping:
    """Set by SIGTERM and SIGINT. The first one lets what runs come to its end, for a while; the second one stops it."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._since = 0.0
        self._is_urgent = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._tell)

    def is_set(self) -> bool:
        return self._told.is_set()

    def is_over(self, grace: float) -> bool:
        """Whether what runs has to be stopped now."""
        return self.is_set() and (self._is_urgent or time.monotonic() - self._since > grace)

    def wait(self, seconds: float) -> None:
        self._told.wait(seconds)

    def _tell(self, number: int, frame: FrameType | None) -> None:
        if self.is_set():
            self._is_urgent = True
        else:
            self._since = time.monotonic()
            self._told.set()


class Agent:
    def __init__(self, portico: Portico, wanted: Wanted, stopping: Stopping) -> None:
        self._portico = portico
        self._wanted = wanted
        self._stopping = stopping

    def run(self, *, once: bool) -> int:
        """Until it is told to stop, or through with one deployment. Answers the exit code: 1 where that one failed.

        Raises `NoSuchEnvironment`, `Refused`, and `Unreachable` before it has begun.
        """
        names = [each["name"].lower() for each in self._portico.get("/environments")]
        if self._wanted.environment.lower() not in names:
            raise NoSuchEnvironment(f"There is no environment {self._wanted.environment}: {', '.join(names)}.")
        while not self._stopping.is_set():
            deployment = self._claimed()
            if deployment is not None:
                succeeded = self._carry_out(deployment)
                if once:
                    return 0 if succeeded else 1
            else:
                self._stopping.wait(POLL)
        return 0

    def _claimed(self) -> dict[str, Any] | None:
        """A deployment that is ours now. Others may want the same one: one of us gets it."""
        try:
            queued = self._portico.get(
                "/deployments", status="queued", sort="id", limit=20, environment=self._wanted.environment,
                service=self._wanted.service,
            )["items"]  # fmt: skip
            claims = (self._claim(each) for each in queued)
            return next((claimed for claimed in claims if claimed is not None), None)
        except Unreachable as error:
            _say(str(error))
            return None

    def _claim(self, queued: Mapping[str, Any]) -> dict[str, Any] | None:
        """The deployment with its release; None where another agent was first, or a rule is against it now."""
        release = self._portico.get(f"/releases/{queued['release_id']}")
        try:
            claimed = self._portico.post(f"/deployments/{queued['id']}/claim", {"agent": self._wanted.name})
        except Refused as refused:
            if refused.status not in (404, 409):
                raise
            return None
        return {**claimed, "release": release}

    def _carry_out(self, deployment: Mapping[str, Any]) -> bool:
        _say(f"Deployment {deployment['id']}: {deployment['service']} {deployment['version']}.")
        command = Command(self._wanted.command, environment_of(deployment, deployment["release"]))
        try:
            code = self._watch(deployment, command)
        except Refused as refused:
            command.stop()
            _say(f"Deployment {deployment['id']} is not ours any more: {refused}")
            return False
        cause = "" if code == 0 else f"exit code {code}" if code is not None else "the agent was stopped"
        return self._end(deployment, command, cause)

    def _watch(self, deployment: Mapping[str, Any], command: Command) -> int | None:
        """The exit code; None where we have stopped it. Raises `Refused` where it is not ours any more."""
        path = f"/deployments/{deployment['id']}"
        beaten = told = time.monotonic()
        self._report(path, command)
        while (code := command.wait(LOOK)) is None:
            if self._stopping.is_over(self._wanted.grace):
                command.stop()
                return None
            now = time.monotonic()
            if now - told >= LOG_EVERY and command.has_news:
                beaten = told = now
                self._report(path, command)
            if now - beaten >= HEARTBEAT:
                beaten = now
                self._beat(path)
        return code

    def _beat(self, path: str) -> None:
        """Tell that we are there. A server that is away for a moment hears it the next time."""
        try:
            self._portico.post(f"{path}/heartbeat", patience=SOON)
        except Unreachable as error:
            _say(str(error))

    def _report(self, path: str, command: Command) -> None:
        """What the command has written since the last time. What does not arrive is told again."""
        news = command.news()
        try:
            self._portico.patch(f"{path}/stages/{STAGE}", {"name": NAME, "log": news}, patience=SOON)
        except Unreachable as error:
            command.put_back(news)
            _say(str(error))

    def _end(self, deployment: Mapping[str, Any], command: Command, cause: str) -> bool:
        path, state = f"/deployments/{deployment['id']}", "failed" if cause else "succeeded"
        try:
            self._portico.patch(f"{path}/stages/{STAGE}", {"name": NAME, "state": state, "log": command.news()})
            if cause:
                self._portico.post(f"{path}/fail", {"cause": cause})
            else:
                self._portico.post(f"{path}/succeed")
        except (Refused, Unreachable) as error:
            _say(f"Deployment {deployment['id']} {state}, and the server does not take it: {error}")
            return False
        _say(f"Deployment {deployment['id']} {state}{f': {cause}' if cause else ''}.")
        return not cause


def environment_of(deployment: Mapping[str, Any], release: Mapping[str, Any]) -> dict[str, str]:
    """What the command is told."""
    return {
        "DEPLOYMENT_ID": str(deployment["id"]),
        "SERVICE": deployment["service"],
        "ENVIRONMENT": deployment["environment"],
        "RELEASE_VERSION": deployment["version"],
        "GIT_SHA": release["git_sha"],
        "ARTIFACTS": json.dumps(release["artifacts"]),
    }


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
