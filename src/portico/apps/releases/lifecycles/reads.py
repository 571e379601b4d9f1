"""Lifecycles as they are shown, and what is asked before something starts."""

from portico.kernel.database import Connection, Row, fetch_all, fetch_one

COLUMNS = """
    l.id, l.name, l.created_at, l.version, (
        SELECT json_agg(json_build_object(
            'position', p.position, 'name', p.name, 'minimum_environments', p.minimum_environments,
            'is_optional', p.is_optional, 'soak_minutes', p.soak_minutes, 'environment_ids', ARRAY(
                SELECT pe.environment_id FROM releases.phase_environments AS pe
                JOIN releases.environments AS e ON e.id = pe.environment_id
                WHERE pe.phase_id = p.id ORDER BY e.rank, e.id)
        ) ORDER BY p.position) FROM releases.phases AS p WHERE p.lifecycle_id = l.id
    ) AS phases"""
ONE = f"SELECT {COLUMNS} FROM releases.lifecycles AS l WHERE l.id = %(id)s"
ALL = f"SELECT {COLUMNS} FROM releases.lifecycles AS l ORDER BY lower(l.name)"


async def lifecycles(connection: Connection) -> list[Row]:
    return await fetch_all(connection, ALL)


async def lifecycle(connection: Connection, lifecycle_id: int) -> Row | None:
    """One lifecycle, with its `version`; its phases in their order, each with its environments by rank."""
    return await fetch_one(connection, ONE, {"id": lifecycle_id})
