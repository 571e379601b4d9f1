"""The command line. Each command is a thin shell; `main` turns every known error into one sentence and exit code 1."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, IntegrityError

from portico import backup_commands, job_commands, registry
from portico import serve as server
from portico import worker as job_worker
from portico.command_support import in_transaction, progress_bar, read_password, set_in_environment
from portico.doctor import doctor
from portico.identity.public import accounts
from portico.kernel.app import document
from portico.kernel.embedded_postgres import EmbeddedPostgresError
from portico.kernel.errors import Conflict, Problem
from portico.kernel.file_stores import file_store
from portico.kernel.files import Files
from portico.kernel.migrations import database_url, embedded, head, upgrade
from portico.kernel.postgres_clients import BackupError
from portico.kernel.settings import SettingsError, load_settings
from portico.new_app import command as new_app
from portico.new_app.generator import CannotMakeApp

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
users = typer.Typer(no_args_is_help=True, help="Accounts of an app.")
db = typer.Typer(no_args_is_help=True, help="The database.")
cli.add_typer(users, name="users")
cli.add_typer(db, name="db")
cli.command("doctor", epilog="Example: portico doctor --json")(doctor)
db.add_typer(backup_commands.commands)
cli.add_typer(new_app.commands, name="new")
cli.add_typer(job_commands.commands, name="jobs")
for app_name, app_commands in registry.commands().items():
    cli.add_typer(app_commands, name=app_name)

REFUSALS = (SettingsError, EmbeddedPostgresError, BackupError, CannotMakeApp, CommandError)
"""What says itself, in one sentence, why something cannot be done."""

AppName = Annotated[str, typer.Option("--app", help="The app whose account it is.")]


def main() -> None:
    """Run the command line. Exit code 0: done; 1: could not be done; 2: wrong usage."""
    try:
        cli()
    except (*REFUSALS, Problem, psycopg.Error, DBAPIError) as error:
        sys.stderr.write(f"{_sentence(error)}\n")
        sys.exit(1)


def _sentence(error: Exception) -> str:
    """What went wrong, in one line: of a database's words only the first, since the others may quote rows."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.Error):
        return f"The database cannot be used: {cause.diag.message_primary or str(cause).partition(chr(10))[0]}."
    if isinstance(error, Problem) and error.details:
        return f"{error}: {', '.join(f'{name} {what}' for name, what in error.details.items())}."
    return str(error)


@cli.command(epilog="Example: portico serve store --port 8080 --workers 2")
def serve(
    apps: Annotated[list[str] | None, typer.Argument(help="Which apps; all of them by default.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one per core, at most 4.")] = 0,
    data_dir: Annotated[Path | None, typer.Option(help="Where the embedded database keeps its data.")] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Start again when code changes. For development.")] = False,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Run no job worker beside the server.")] = False,
) -> None:
    """Serve the apps. One app alone is served at /, several below their names."""
    settings = set_in_environment(apps=apps, workers=workers, data_dir=data_dir)
    for app in registry.chosen(settings):
        registry.require(app)
        settings.for_app(app)  # refused here, since a worker that cannot start is started for ever
    server.serve(settings, host=host, port=port, reload=reload, job_worker=not no_worker)


@cli.command(epilog="Example: portico worker --concurrency 8")
def worker(
    apps: Annotated[list[str] | None, typer.Argument(help="Whose jobs; those of all apps by default.")] = None,
    concurrency: Annotated[int, typer.Option(min=0, help="Jobs at the same time; 0: JOB_CONCURRENCY.")] = 0,
) -> None:
    """Run jobs, beside other workers on any number of machines."""
    settings = set_in_environment(apps=apps, workers=0, data_dir=None)
    job_worker.work(settings.model_copy(update={"job_concurrency": concurrency}) if concurrency else settings)


@cli.command(epilog="Example: portico migrate")
def migrate() -> None:
    """Bring the database to the newest revision, as its owner."""
    upgrade(database_url())
    typer.echo(f"The database is at {head()}.")


@cli.command(epilog="Example: portico seed store --flush --from data/fakestore")
def seed(
    app: Annotated[str, typer.Argument(help="The app to fill.")],
    flush: Annotated[bool, typer.Option("--flush", help="Delete the app's data first.")] = False,
    directory: Annotated[Path | None, typer.Option("--from", help="A folder with a data set of the app.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
) -> None:
    """Fill an app with its sample data, or with a data set of yours. All or nothing; twice doubles nothing."""
    settings = load_settings()
    registration = registry.load(app)
    with progress_bar(f"Seeding {app}", is_shown=not as_json) as progress:
        summary = in_transaction(
            settings,
            lambda transaction: registration.seed(
                transaction,
                files=Files(file_store(settings), transaction.database, app),
                flush=flush,
                directory=directory,
                demonstration=not settings.is_protected,
                progress=progress,
            ),
        )
    counts = ", ".join(f"{count} {name}" for name, count in summary.counts.items())
    typer.echo(json.dumps(asdict(summary)) if as_json else "\n".join([f"{app}: {counts}.", *summary.notes]))


@cli.command("seed_fakestore", hidden=True, epilog="Example: portico seed_fakestore --flush")
def seed_fakestore(flush: Annotated[bool, typer.Option("--flush")] = False) -> None:
    """The same as `portico seed store`."""
    seed("store", flush=flush)


@users.command("create", epilog="Example: portico users create anna@example.com --app store --username anna --staff")
def create_user(
    email: str,
    app: AppName,
    username: Annotated[str, typer.Option(help="The part of the e-mail address before the @ by default.")] = "",
    staff: Annotated[bool, typer.Option("--staff", help="May administer the app.")] = False,
) -> None:
    """Add an account. The password is asked for, or read from standard input."""
    settings = load_settings()
    realm = registry.load(app).realm
    password = read_password(settings, realm)
    name = username or email.partition("@")[0]
    try:
        user_id = in_transaction(
            settings,
            lambda transaction: accounts.create(
                transaction, realm, email=email, username=name, password=password, staff=staff
            ),
        )
    except IntegrityError:
        raise Conflict(f"{app} already has an account {email} or {name}.") from None
    typer.echo(f"{app}: {name} is user {user_id}.")


@users.command("password", epilog="Example: portico users password anna@example.com --app store")
def set_password(name: Annotated[str, typer.Argument(help="E-mail address or username.")], app: AppName) -> None:
    """Set a password, check what was stored, and end the account's sessions."""
    settings = load_settings()
    realm = registry.load(app).realm
    password = read_password(settings, realm)
    in_transaction(
        settings, lambda transaction: accounts.set_password(transaction, realm, name=name, password=password)
    )
    typer.echo(f"{app}: the password of {name} is set and verified; all sessions are ended.")


@users.command("disable", epilog="Example: portico users disable anna@example.com --app store")
def disable_user(name: Annotated[str, typer.Argument(help="E-mail address or username.")], app: AppName) -> None:
    """Lock an account out and end its sessions."""
    realm = registry.load(app).realm
    in_transaction(load_settings(), lambda transaction: accounts.disable(transaction, realm, name=name))
    typer.echo(f"{app}: {name} is disabled.")


@users.command("role", epilog="Example: portico users role anna@example.com staff --app store")
def set_role(
    name: Annotated[str, typer.Argument(help="E-mail address or username.")],
    role: Annotated[str, typer.Argument(help="One of the app's; a wrong one is answered with their names.")],
    app: AppName,
) -> None:
    """Give an account another role. It counts from the next request; no session ends."""
    realm = registry.load(app).realm
    in_transaction(load_settings(), lambda transaction: accounts.set_role(transaction, realm, name=name, role=role))
    typer.echo(f"{app}: {name} has the role {role}.")


@cli.command(epilog="Example: portico routes")
def routes() -> None:
    """List every route: app, method, path, what it does."""
    for name in registry.chosen(load_settings()):
        for router in registry.load(name).routers:
            for route in router.routes:
                for method in sorted(getattr(route, "methods", ())):
                    summary = getattr(route, "summary", "") or ""
                    typer.echo(f"{name:10} {method:7} {getattr(route, 'path', ''):45} {summary}")


@cli.command(epilog="Example: portico openapi store > store.json")
def openapi(app: str) -> None:
    """Print an app's OpenAPI document."""
    typer.echo(json.dumps(document(registry.load(app), load_settings()), indent=2))


@db.command("stop", epilog="Example: portico db stop")
def stop_database() -> None:
    """Stop the embedded PostgreSQL of the data folder, unless somebody is connected."""
    stopped = embedded(load_settings()).stop()
    typer.echo("The database is stopped." if stopped else "The database goes on: somebody is connected.")
    if not stopped:
        raise typer.Exit(1)
