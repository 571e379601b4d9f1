"""Whose jobs, notifications and webhooks a request may meet, for the kernel's routes of these: the caller's own."""

from fastapi import Depends

from portico.identity.guard import Reader, Writer


async def _reading_owner(caller: Reader) -> str:
    return caller.key


async def _writing_owner(caller: Writer) -> str:
    return caller.key


reading_owner = Depends(_reading_owner)
writing_owner = Depends(_writing_owner)
