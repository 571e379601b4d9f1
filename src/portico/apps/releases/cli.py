"""`portico releases`: what pipelines call. Nothing here needs a database: it speaks to a server, with an API key."""

import socket
import sys
from typing import Annotated, NoReturn
from uuid import uuid4

import typer

from portico.apps.releases.pipeline import wait
from portico.apps.releases.pipeline.agent import Agent, NoSuchEnvironment, Stopping, Wanted
from portico.apps.releases.pipeline.client import Portico, Refused, Unreachable

SUCCEEDED, FAILED, WRONG, NOT_NOW = 0, 1, 2, 3
INVALID = 422

commands = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="For pipelines: ask for deployments, and run them.",
)  # fmt: skip
Url = Annotated[str, typer.Option(envvar="PORTICO_URL", help="Where the app is served.")]
Key = Annotated[str, typer.Option(envvar="PORTICO_API_KEY", hidden=True)]
"""Hidden: on a command line everybody on the machine could read it."""


@commands.command(
    epilog="Example: portico releases deploy --service shop --version 1.4.0 --environment production --wait"
)
def deploy(
    service: Annotated[str, typer.Option(help="By its name.")],
    version: Annotated[str, typer.Option(help="Of a release that is published.")],
    environment: Annotated[str, typer.Option(help="By its name.")],
    url: Url,
    api_key: Key,
    reason: Annotated[str, typer.Option(help="For the log.")] = "",
    wait_for_it: Annotated[bool, typer.Option("--wait", help="Until it has ended.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait.")] = 3600,
) -> None:
    """Ask for a deployment.

    Exit code 0: it has succeeded, or is asked for; 1: it failed, was rejected or cancelled; 2: wrong usage; 3: it may
    not go, or has not ended in time, and why is printed.
    """
    with Portico(url, api_key) as portico:
        try:
            made = wait.request(portico, service=service, version=version, environment=environment, reason=reason)
            typer.echo(f"Deployment {made['id']} of {service} {version} to {environment} is {made['state']}.")
            if wait_for_it:
                made = wait.until_ended(portico, made["id"], seconds=timeout, tell=_told)
            missing = wait.explained(portico, made["id"]) if made["state"] in wait.WAITS else []
        except Refused as refused:
            _refuse(refused)
        except Unreachable as unreachable:
            _fail(str(unreachable), NOT_NOW)
    for line in missing:
        typer.echo(f"  {line}")
    if made["state"] in wait.WAITS:
        raise typer.Exit(NOT_NOW if wait_for_it else SUCCEEDED)
    if made["state"] != "succeeded":
        _fail(f"{made['state']}: {made['cause'] or 'see its log'}", FAILED)


@commands.command(epilog="Example: portico releases agent --environment production --run ./deploy.sh")
def agent(
    environment: Annotated[str, typer.Option(help="By its name.")],
    run: Annotated[str, typer.Option(help="The command, run by the shell once for each deployment.")],
    url: Url,
    api_key: Key,
    service: Annotated[str | None, typer.Option(help="Only this one's deployments.")] = None,
    name: Annotated[str, typer.Option(help="Different for each agent; the host's by default.")] = "",
    once: Annotated[bool, typer.Option("--once", help="End after one deployment, with its result.")] = False,
    grace: Annotated[float, typer.Option(min=0, help="Seconds that the command has after SIGTERM.")] = 20,
) -> None:
    """Claim what is queued, and run a command for each.

    The command finds SERVICE, RELEASE_VERSION, ENVIRONMENT, DEPLOYMENT_ID, GIT_SHA and ARTIFACTS (JSON) in its
    environment. Its output becomes the deployment's log, and exit code 0 means success.
    """
    wanted = Wanted(
        environment=environment, service=service, command=run, grace=grace,
        name=name or f"{socket.gethostname()}-{uuid4().hex[:8]}",
    )  # fmt: skip
    with Portico(url, api_key) as portico:
        try:
            code = Agent(portico, wanted, Stopping()).run(once=once)
        except NoSuchEnvironment as unknown:
            _fail(str(unknown), WRONG)
        except Refused as refused:
            _refuse(refused)
        except Unreachable as unreachable:
            _fail(str(unreachable), NOT_NOW)
    raise typer.Exit(code)


def _told(state: str) -> None:
    typer.echo(f"  {state}")


def _refuse(refused: Refused) -> NoReturn:
    """What was wrong with the request is wrong usage; what a rule says against it may be otherwise tomorrow."""
    errors = [f"{each['field']} {each['message']}" for each in refused.problem.get("errors", [])]
    rules = refused.problem.get("details", {}).get("rules", [])
    _fail("\n  ".join([str(refused), *errors, *wait.lines(rules)]), WRONG if refused.status == INVALID else NOT_NOW)


def _fail(text: str, code: int) -> NoReturn:
    sys.stderr.write(f"{text}\n")
    raise typer.Exit(code)
