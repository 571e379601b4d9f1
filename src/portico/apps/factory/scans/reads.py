"""What a code stands for."""

from portico.apps.factory.work_orders.reads import OF, OPERATION
from portico.kernel.database import Connection, Row, fetch_all

# A piece that was made is a lot with the same code: it is shown as the piece, which knows its lot.
FOUND = """
    SELECT 1 AS rank, 'piece' AS kind, p.id, p.barcode AS code, p.profile AS name, p.state, p.work_order_id, p.lot_id,
           p.id AS piece_id, p.assembly_id, a.component_id, c.project_id
    FROM factory.pieces AS p
    JOIN factory.assemblies AS a ON a.company_id = p.company_id AND a.id = p.assembly_id
    JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
    WHERE p.barcode = %(code)s AND p.deleted_at IS NULL
    UNION ALL
    SELECT 2, 'lot', l.id, l.code, coalesce(a.name, m.name), l.state, l.work_order_id, l.id, NULL, NULL, NULL, NULL
    FROM factory.lots AS l
    LEFT JOIN factory.articles AS a ON a.company_id = l.company_id AND a.id = l.article_id
    LEFT JOIN factory.materials AS m ON m.company_id = l.company_id AND m.id = l.material_id
    WHERE l.code = %(code)s
    UNION ALL
    SELECT 3, 'assembly', a.id, a.code, a.name, NULL, NULL, NULL, NULL, a.id, a.component_id, c.project_id
    FROM factory.assemblies AS a
    JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
    WHERE a.code = %(code)s AND a.deleted_at IS NULL
    UNION ALL
    SELECT 4, 'component', c.id, c.code, c.name, NULL, NULL, NULL, NULL, NULL, c.id, c.project_id
    FROM factory.components AS c WHERE c.code = %(code)s AND c.deleted_at IS NULL
    UNION ALL
    SELECT 5, 'work_order', w.id, w.code, a.name, w.state, w.id, NULL, NULL, NULL, NULL, w.project_id
    FROM factory.work_orders AS w JOIN factory.articles AS a ON a.company_id = w.company_id AND a.id = w.article_id
    WHERE w.code = %(code)s
    UNION ALL
    SELECT 6, 'user', u.id, u.guid::text, u.full_name, CASE WHEN u.is_active THEN 'active' ELSE 'inactive' END,
           NULL, NULL, NULL, NULL, NULL, NULL
    FROM factory.users AS u
    WHERE u.guid::text = lower(%(code)s) AND u.deleted_at IS NULL AND u.role <> 'Integration'
    UNION ALL
    SELECT 7, 'workstation', s.id, s.guid::text, s.name, CASE WHEN s.is_active THEN 'active' ELSE 'inactive' END,
           NULL, NULL, NULL, NULL, NULL, NULL
    FROM factory.workstations AS s WHERE s.guid::text = lower(%(code)s) AND s.deleted_at IS NULL
    ORDER BY rank LIMIT 1"""
OPERATIONS = f"""
    SELECT {OPERATION} {OF}
    WHERE o.workstation_id = %(workstation_id)s AND o.work_order_id IN (
        SELECT %(work_order_id)s::bigint
        UNION
        SELECT p.work_order_id FROM factory.pieces AS p
        JOIN factory.assemblies AS a ON a.company_id = p.company_id AND a.id = p.assembly_id
        WHERE p.deleted_at IS NULL AND %(whole)s AND (
            p.assembly_id = %(assembly_id)s OR (%(assembly_id)s::bigint IS NULL AND a.component_id = %(component_id)s)))
    ORDER BY w.due_on NULLS LAST, w.code, o.position LIMIT 100"""
MATERIAL = """
    SELECT l.state, coalesce(l.expires_on < (%(now)s::timestamptz AT TIME ZONE c.time_zone)::date, false) AS is_expired,
           coalesce((
               SELECT sum(s.on_hand) FROM factory.stock AS s
               JOIN factory.locations AS p ON p.company_id = s.company_id AND p.id = s.location_id
               WHERE s.company_id = l.company_id AND s.lot_id = l.id AND p.workstation_id = %(workstation_id)s
                 AND p.deleted_at IS NULL), 0) AS here
    FROM factory.lots AS l JOIN factory.companies AS c ON c.id = l.company_id WHERE l.id = %(lot_id)s"""


async def found(connection: Connection, code: str) -> Row | None:
    """What has this code, the most particular thing first."""
    rows = await fetch_all(connection, FOUND, {"code": code})
    return rows[0] if rows else None


async def operations(connection: Connection, thing: Row, workstation_id: int) -> list[Row]:
    """The operations at a workstation of the orders that a thing belongs to."""
    params = {
        "workstation_id": workstation_id, "work_order_id": thing["work_order_id"],
        "assembly_id": thing["assembly_id"], "component_id": thing["component_id"],
        "whole": thing["kind"] in ("assembly", "component"),
    }  # fmt: skip
    return await fetch_all(connection, OPERATIONS, params)


async def material(connection: Connection, lot_id: int, workstation_id: int, now: object) -> Row:
    """A lot's state, whether it has expired, and how much of it is at hand at a workstation."""
    params = {"lot_id": lot_id, "workstation_id": workstation_id, "now": now}
    return (await fetch_all(connection, MATERIAL, params))[0]
