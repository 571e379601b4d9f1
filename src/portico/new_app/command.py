"""`portico new app NAME`."""

from pathlib import Path
from typing import Annotated

import typer

import portico
from portico import registry
from portico.kernel.clock import system_clock
from portico.kernel.migrations import head
from portico.new_app.generator import NewApp, check_name, make

commands = typer.Typer(no_args_is_help=True, help="Something new in the project.")


@commands.callback()
def _group() -> None:
    """Keeps `app` a command of its own: with one alone, typer would take its place."""


@commands.command(epilog="Example: portico new app library")
def app(name: Annotated[str, typer.Argument(help="One word: the app's folder, path and schema.")]) -> None:
    """Make an app with users, notes, a migration and tests, all of which work at once."""
    check_name(name, existing=registry.APP_NAMES)
    root = Path(portico.__file__).parents[2]
    made = make(NewApp(name=name, parent=head(), today=system_clock().date()), root)
    for path in made:
        typer.echo(path.relative_to(root))
    typer.echo(f"\nNext: portico migrate, portico serve {name}, pytest tests/apps/{name}")
