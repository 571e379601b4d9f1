"""`portico jobs`: what an operator does with jobs that were given up."""

import typer

from portico.command_support import in_transaction
from portico.kernel import job_status
from portico.kernel.settings import load_settings
from portico.kernel.transaction import Transaction

commands = typer.Typer(no_args_is_help=True, help="Jobs that were given up.")


@commands.command(epilog="Example: portico jobs dead")
def dead() -> None:
    """List the dead letters, the newest first: id, job, attempts, when, why."""

    async def listed(transaction: Transaction) -> list[str]:
        rows = await job_status.dead_letters(await transaction.connection())
        return [f"{row['id']:8} {row['name']:30} {row['attempts']:3} {row['ended']} {row['error']}" for row in rows]

    typer.echo("\n".join(in_transaction(load_settings(), listed)) or "There are none.")


@commands.command(epilog="Example: portico jobs retry 4711")
def retry(job_id: int) -> None:
    """Put a dead letter into the queue again, with all its attempts."""

    async def queue_again(transaction: Transaction) -> None:
        await job_status.queue_again(await transaction.connection(), job_id)

    in_transaction(load_settings(), queue_again)
    typer.echo(f"Job {job_id} is queued again.")
