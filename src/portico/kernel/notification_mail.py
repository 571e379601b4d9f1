"""The job that sends a notification by e-mail. An app registers it and says where to find a user's address."""

from collections.abc import Awaitable, Callable

import structlog

from portico.kernel.database import Connection, fetch_one
from portico.kernel.job_runs import Run
from portico.kernel.jobs import Job, Retry
from portico.kernel.mail import MailServer, message, send
from portico.kernel.notifications import MAIL_JOB

AddressOf = Callable[[Connection, str], Awaitable[str | None]]
"""From the user's key to the address; None for one who gets no mail any more."""

RETRY = Retry(attempts=12, first=10, most=3600)  # about three hours
log = structlog.get_logger("portico.mail")


def mail_job(address_of: AddressOf) -> Job:
    """For the app's registration. Sent at least once; what comes twice has the same Message-ID."""

    async def run_mail(run: Run, *, notification_id: int) -> None:
        settings = run.runtime.settings
        if settings.smtp_url is None:
            log.warning("not sent: SMTP_URL is not set", notification=notification_id)
            return
        async with run.database.connection() as connection:
            row = await fetch_one(
                connection,
                "SELECT user_key, title, body FROM portico.notifications"
                " WHERE id = %(id)s AND app = %(app)s AND mailed_at IS NULL",
                {"id": notification_id, "app": run.app},
            )
            to = row and await address_of(connection, row["user_key"])
        if row is None or not to:
            return  # it was sent before, or its user is gone
        mail = message(
            sender=settings.mail_from, to=to, title=row["title"], body=row["body"], key=f"{run.app}.job-{run.id}"
        )
        await send(MailServer.of(settings.smtp_url), mail)
        async with run.database.connection() as connection:
            await connection.execute(
                "UPDATE portico.notifications SET mailed_at = now() WHERE id = %(id)s", {"id": notification_id}
            )

    return Job(name=MAIL_JOB, run=run_mail, queue="mail", retry=RETRY, timeout=120)
