"""A maker of windows with 1,000,000 tracked units, five levels deep, and a neighbour in the same tables.

PostgreSQL makes the rows itself, from one seed: the same each time. Each family of units comes from one raw lot; each
unit is made of two of the level above it, so that many ways lead to the same one.
"""

from uuid import UUID

import psycopg

from benchmarks.one_app import analyze
from portico.identity.public import hash_now

PASSWORD = "a password of the benchmark"
EMAIL = "manager@example.com"
COMPANY = UUID("00000000-0000-0000-0000-0000000000b1")
NEIGHBOUR = UUID("00000000-0000-0000-0000-0000000000b2")
FAMILIES = {100_000: 1, 10_000: 40, 1_000: 500}
"""How many families there are of how many units each: 1,000,000 units."""
FEW = {1_000: 2, 100: 5}
"""To see that it works."""
SHARES = (0.02, 0.08, 0.2, 0.3, 0.4)
"""Which part of a family is on the levels 1 to 5."""

FIRST = "(SELECT min(id) FROM factory.{} WHERE company_id = %(company)s::uuid)"
PLACE, MATERIAL, SHIPMENT = (FIRST.format(table) for table in ("locations", "materials", "shipments"))
STATEMENTS = (
    "SELECT setseed(0.42), set_config('session_replication_role', 'replica', false)",
    "INSERT INTO factory.companies (id, name) VALUES (%(company)s::uuid, %(company)s::uuid::text)",
    "SELECT set_config('app.tenant', %(company)s, false)",
    """INSERT INTO factory.users (username, email, role, pwd_hash)
        VALUES (%(email)s, %(email)s, 'ProjectManager', %(pwd_hash)s)""",
    "INSERT INTO factory.materials (code, unit) SELECT 'm' || i, 'pcs' FROM generate_series(1, 20) i",
    "INSERT INTO factory.locations (code) SELECT 'place-' || i FROM generate_series(1, 50) i",
    # Where the ids of each family's levels begin, and how many there are: neighbours on a level have neighbouring ids.
    """CREATE TEMP TABLE levels AS
        SELECT family, size, level, count,
            (first + sum(count) OVER (ORDER BY family, level) - count)::bigint AS start
        FROM (
            SELECT row_number() OVER (ORDER BY size DESC, i) AS family, size FROM unnest(%(sizes)s::int[],
                %(counts)s::int[]) AS kind (size, n), generate_series(1, n) i
        ) AS families CROSS JOIN LATERAL (
            SELECT 0 AS level, 1 AS count
            UNION ALL
            SELECT ordinality, CASE WHEN ordinality = 1 THEN (size * share)::int - 1 ELSE (size * share)::int END
            FROM unnest(%(shares)s::float8[]) WITH ORDINALITY AS given (share, ordinality)
        ) AS levels, (SELECT coalesce(max(id), 0) + 1 AS first FROM factory.lots) AS before""",
    """CREATE TEMP TABLE units AS
        SELECT start + i AS id, family, level,
            CASE WHEN level < 5 THEN 'consumed' WHEN random() < 0.3 THEN 'shipped' ELSE 'released' END AS state
        FROM levels, generate_series(0, count - 1) i""",
    f"""INSERT INTO factory.lots (id, code, material_id, state, supplier, supplier_lot)
        SELECT id, 'lot-' || id,
            {MATERIAL} + level, state,
            CASE level WHEN 0 THEN 'Profilex' ELSE '' END, CASE level WHEN 0 THEN 'P-' || family ELSE '' END
        FROM units ORDER BY id""",
    """INSERT INTO factory.genealogy (parent_id, child_id, quantity)
        SELECT DISTINCT p.start + floor(random() * p.count)::bigint, u.id, 1
        FROM units AS u JOIN levels AS p ON p.family = u.family AND p.level = u.level - 1, generate_series(1, 2)""",
    f"""INSERT INTO factory.movements (lot_id, location_id, quantity, kind, at, user_id, user_name)
        SELECT id, {PLACE} + id %% 50, 1, 'produce', now() - interval '2 days', 1, 'u'
        FROM units ORDER BY id""",
    f"""INSERT INTO factory.movements (lot_id, location_id, quantity, kind, at, user_id, user_name)
        SELECT id, {PLACE} + id %% 50, -1,
            CASE state WHEN 'shipped' THEN 'ship' ELSE 'issue' END, now() - interval '1 day', 1, 'u'
        FROM units WHERE state <> 'released' ORDER BY id""",
    f"""INSERT INTO factory.stock (lot_id, location_id, on_hand)
        SELECT id, {PLACE} + id %% 50, CASE state WHEN 'released' THEN 1 ELSE 0 END
        FROM units""",
    """INSERT INTO factory.shipments (code, customer, state, shipped_at)
        SELECT 'ship-' || i, 'customer ' || i %% 700, 'shipped', now() FROM generate_series(1, (
            SELECT count(*) / 20 + 1 FROM units WHERE state = 'shipped')) i""",
    f"""INSERT INTO factory.shipment_lines (shipment_id, lot_id, quantity)
        SELECT {SHIPMENT} + (row_number() OVER (ORDER BY id) - 1) / 20, id, 1
        FROM units WHERE state = 'shipped'""",
    "DROP TABLE units, levels",
    "SELECT setval(pg_get_serial_sequence('factory.lots', 'id'), (SELECT max(id) FROM factory.lots))",
    "SELECT set_config('session_replication_role', 'origin', false)",
)


def fill(url: str, families: dict[int, int] = FAMILIES) -> None:
    """Make the company, and a neighbour of 100,000 units, or of as many as the company."""
    neighbour = {1_000: 100} if families is FAMILIES else families
    with psycopg.connect(url) as connection:
        for company, sizes, email in ((NEIGHBOUR, neighbour, "neighbour@example.com"), (COMPANY, families, EMAIL)):
            values = {
                "company": str(company), "email": email, "pwd_hash": hash_now(PASSWORD), "sizes": list(sizes),
                "counts": list(sizes.values()), "shares": list(SHARES),
            }  # fmt: skip
            for statement in STATEMENTS:
                connection.execute(statement.encode(), values)
    analyze(url)
