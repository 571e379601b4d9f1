"""Imports as they are reported, and what an import has to know of its service."""

from portico.kernel.database import Connection, Row, fetch_one

SERVICE = "SELECT id, team_id, repository_url, tag_prefix FROM releases.services WHERE id = %(id)s"
ORDER = """
    SELECT i.service_id, i.source, i.user_id, i.owner, i.user_name, i.address, i.imported, s.tag_prefix
    FROM releases.git_imports AS i JOIN releases.services AS s ON s.id = i.service_id WHERE i.job_id = %(job_id)s"""
REPORT = """
    SELECT job_id, service_id, source, owner, imported, report FROM releases.git_imports
    WHERE job_id = %(job_id)s AND service_id = %(service_id)s"""


async def service(connection: Connection, service_id: int) -> Row | None:
    return await fetch_one(connection, SERVICE, {"id": service_id})


async def order(connection: Connection, job_id: int) -> Row | None:
    """What is to be imported, and for whom; None where its service is gone."""
    return await fetch_one(connection, ORDER, {"job_id": job_id})


async def report(connection: Connection, service_id: int, job_id: int) -> Row | None:
    return await fetch_one(connection, REPORT, {"service_id": service_id, "job_id": job_id})
