"""What stands on labels: one statement for each kind of thing. What is deleted has no label."""

from typing import LiteralString

from portico.kernel.database import Connection, Row, fetch_one

PLACE: LiteralString = """
    JOIN factory.components AS c ON c.company_id = a.company_id AND c.id = a.component_id
    JOIN factory.projects AS j ON j.company_id = c.company_id AND j.id = c.project_id"""
STATEMENTS: dict[str, LiteralString] = {
    "piece": f"""
        SELECT p.barcode AS code, p.outer_length, p.left_angle, p.right_angle, p.profile, p.colour, p.material,
            p.trolley, p.cell, p.bar_id, a.name AS assembly, c.name AS component, c.code AS component_code,
            j.code AS project, j.customer
        FROM factory.pieces AS p
        JOIN factory.assemblies AS a ON a.company_id = p.company_id AND a.id = p.assembly_id {PLACE}
        WHERE p.id = %(id)s AND p.deleted_at IS NULL""",
    "assembly": f"""
        SELECT a.code, a.name, a.trolley, a.cell, c.name AS component, c.code AS component_code, j.code AS project,
            j.customer
        FROM factory.assemblies AS a {PLACE} WHERE a.id = %(id)s AND a.deleted_at IS NULL""",
    "component": """
        SELECT c.code, c.name, c.quantity, j.code AS project, j.name AS project_name, j.customer, j.due_on
        FROM factory.components AS c JOIN factory.projects AS j ON j.company_id = c.company_id AND j.id = c.project_id
        WHERE c.id = %(id)s AND c.deleted_at IS NULL""",
    "lot": """
        SELECT l.code, coalesce(a.code, m.code) AS what, coalesce(a.name, m.name) AS name,
            coalesce(a.unit, m.unit) AS unit, l.supplier, l.supplier_lot, l.expires_on, w.code AS work_order,
            (SELECT coalesce(sum(s.on_hand), 0) FROM factory.stock AS s
             WHERE s.company_id = l.company_id AND s.lot_id = l.id) AS on_hand
        FROM factory.lots AS l
        LEFT JOIN factory.articles AS a ON a.company_id = l.company_id AND a.id = l.article_id
        LEFT JOIN factory.materials AS m ON m.company_id = l.company_id AND m.id = l.material_id
        LEFT JOIN factory.work_orders AS w ON w.company_id = l.company_id AND w.id = l.work_order_id
        WHERE l.id = %(id)s""",
    "workstation": """
        SELECT w.guid::text AS code, w.name, w.location, w.type, c.name AS company
        FROM factory.workstations AS w JOIN factory.companies AS c ON c.id = w.company_id
        WHERE w.id = %(id)s AND w.deleted_at IS NULL""",
    "user": """
        SELECT u.guid::text AS code, u.full_name, u.email, u.role, c.name AS company
        FROM factory.users AS u JOIN factory.companies AS c ON c.id = u.company_id
        WHERE u.id = %(id)s AND u.deleted_at IS NULL AND u.role <> 'Integration'""",
    "trolley": """
        SELECT l.code, l.name, c.name AS company
        FROM factory.locations AS l JOIN factory.companies AS c ON c.id = l.company_id
        WHERE l.id = %(id)s AND l.kind = 'trolley' AND l.deleted_at IS NULL""",
}


async def content(connection: Connection, kind: str, thing_id: int) -> Row | None:
    """What a label of this kind tells of the thing."""
    return await fetch_one(connection, STATEMENTS[kind], {"id": thing_id})
