"""The kernel's routes of jobs, notifications and webhooks, each of whose rows belongs to a caller: the caller's own."""

from fastapi import APIRouter, Depends

from portico.identity.guard import Reader, Writer
from portico.identity.once import Once
from portico.kernel.job_routes import job_routes
from portico.kernel.notification_routes import notification_routes
from portico.kernel.webhook_routes import webhook_routes


async def _reading_owner(caller: Reader) -> str:
    return caller.key


async def _writing_owner(caller: Writer) -> str:
    return caller.key


READING = Depends(_reading_owner)
WRITING = Depends(_writing_owner)


def job_router(path: str = "/jobs") -> APIRouter:
    """Look at one's jobs, and cancel them."""
    return job_routes(reading_owner=READING, writing_owner=WRITING, prefix=path)


def notification_router(path: str = "/notifications") -> APIRouter:
    """What one was told, and by which ways one wants to be."""
    return notification_routes(reading_owner=READING, writing_owner=WRITING, prefix=path)


def webhook_router(path: str = "/webhooks") -> APIRouter:
    """The addresses that one has events posted to."""
    return webhook_routes(reading_owner=READING, writing_owner=WRITING, once=Once, prefix=path)
