"""Of the factory a row of everything that lists show, n times, in the company of those who run the installation."""

MANY = 100

FACTORY = """
    SELECT set_config('app.tenant', '00000000-0000-0000-0000-000000000001', false);
    INSERT INTO factory.companies (id, name) SELECT gen_random_uuid(), 'c' || i FROM generate_series(2, %(n)s) i;
    INSERT INTO factory.users (username, email, role, pwd_hash)
        SELECT 'u' || i || '@example.com', 'u' || i || '@example.com', 'Operator', %(pwd_hash)s
        FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.users (username, email, role, pwd_hash)
        VALUES ('boss', 'boss@example.com', 'SystemAdmin', %(pwd_hash)s),
            ('visitor', 'visitor@example.com', 'SystemAdmin', %(pwd_hash)s), ('plan', 'plan', 'Integration', NULL);
    INSERT INTO factory.sessions (id, user_id, created_at, rotated_at, expires_at, address, user_agent)
        SELECT gen_random_uuid(), u.id, now(), now(), now() + interval '1 day', '', ''
        FROM factory.users AS u, generate_series(2, %(n)s) WHERE u.username = 'boss';
    INSERT INTO factory.api_keys (id, user_id, name, digest, hint, scopes, created_at, expires_at)
        SELECT gen_random_uuid(), u.id, 'k', int4send(i), '', '{}', now(), now() + interval '1 day'
        FROM factory.users AS u, generate_series(1, %(n)s) i WHERE u.role = 'Integration';
    INSERT INTO factory.workstations (name, type) SELECT 'w' || i, 'Machine' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.articles (code) SELECT 'a' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.materials (code) SELECT 'm' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.locations (code, workstation_id) SELECT 'l' || i, i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.projects (code) SELECT 'p' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.components (project_id, code) SELECT 1, 'c' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.assemblies (component_id, code) SELECT 1, 'a' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.lots (code, material_id, state) SELECT 'lot' || i, 1, 'released'
        FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.genealogy (parent_id, child_id, quantity) SELECT 1, i, 1 FROM generate_series(2, %(n)s) i;
    INSERT INTO factory.movements (lot_id, location_id, quantity, kind, at, user_id, user_name)
        SELECT 1, i, 1, 'receive', now(), 1, 'u' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.routings (code) SELECT 'r' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.routing_steps (routing_id, position, name, workstation_id, standard_seconds)
        SELECT 1, i, 's' || i, 1, 60 FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.work_orders (code, project_id, routing_id, article_id, quantity, state)
        SELECT 'o' || i, 1, 1, 1, 10, 'in_progress' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.operations (work_order_id, position, name, workstation_id, standard_seconds)
        SELECT i, 1, 'cut', 1, 60 FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.operations (work_order_id, position, name, workstation_id, standard_seconds, state)
        SELECT 1, i, 'weld', %(n)s, 60, 'ended' FROM generate_series(2, %(n)s) i;
    INSERT INTO factory.operation_runs (operation_id, workstation_id, started_at, ended_at, user_id)
        SELECT 1, 1, now() - i * interval '1 hour', now() - (i - 0.5) * interval '1 hour', 1
        FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.pieces (assembly_id, barcode, work_order_id, lot_id)
        SELECT 1, 'b' || i, 1, i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.scrap_reasons (code) SELECT 's' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.reports (operation_id, workstation_id, good, scrap, rework, key, fingerprint, at, user_id,
                                 user_name)
        SELECT 1, 1, 1, 1, 0, 'k' || i, '', now(), 1, 'u' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.report_scrap (report_id, reason_id, quantity) SELECT 1, i, 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.consumptions (report_id, lot_id, issued, in_product)
        SELECT 1, i, 1, 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.shipments (code) SELECT 's' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.shipment_lines (shipment_id, lot_id, quantity) SELECT 1, i, 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.inspections (lot_id, name, result, at, user_id, user_name)
        SELECT 1, 'i' || i, 'pass', now(), 1, 'u' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.nonconformances (number, lot_id, title, at, user_id, user_name)
        SELECT i, 1, 't' || i, now(), 1, 'u' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.recalls (number, lot_id, reason, units, blocked, shipped, at, user_id, user_name)
        SELECT i, 1, 'reason', %(n)s, 0, 0, now(), 1, 'u' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.recall_units (recall_id, lot_id, depth, code, state, state_before, on_hand)
        SELECT 1, i, 0, 'lot' || i, 'released', 'released', 0 FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.shifts (workstation_id, starts_at, ends_at)
        SELECT 1, now() - (i + 1) * interval '1 hour', now() - i * interval '1 hour' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.downtimes (workstation_id, starts_at, ends_at, reason, user_id, user_name)
        SELECT 1, now() - i * interval '10 minutes', now() - (i - 0.5) * interval '10 minutes', 'r' || i, 1, 'u'
        FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.cut_plans (number, kerf, trim, min_remnant, stock, summary, user_id, user_name)
        SELECT i, 4, 10, 200, '[]', '{"bars": 1, "pieces": 1, "material": 1, "yield_percent": 1, "gap_percent": 1,
            "cut_length": 1, "remnants": 1, "waste": 1, "bound": 1}', 1, 'u' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.cut_bars (plan_id, position, length, remnant, cuts)
        SELECT 1, i, 6000, 100, '[]' FROM generate_series(1, %(n)s) i;
    INSERT INTO factory.events (kind, at, user_id, user_name, workstation_id, piece_id)
        SELECT 'PieceCut', now() - i * interval '1 minute', 1, 'u', 1, 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details)
        SELECT 'factory', '', '', '', 'a', 'o', '{}' FROM generate_series(1, %(n)s);
    INSERT INTO portico_queue.procrastinate_jobs (queue_name, task_name) VALUES ('factory.default', 'factory.any');
    INSERT INTO portico.jobs (id, app, name, owner)
        SELECT 1, 'factory', 'factory.any', id::text FROM factory.users WHERE username = 'boss'
    """

_API = "/api/v1"
_LISTS = (
    "users", "articles", "projects", "components", "assemblies", "pieces", "workflow", "work-orders", "reports",
    "cut-plans", "materials", "locations", "lots", "stock", "movements", "recalls", "shipments", "inspections",
    "nonconformances", "downtimes", "shifts", "routings", "log",
)  # fmt: skip
PATHS = {
    **{f"{_API}/{name}": f"{_API}/{name}?limit={MANY}" for name in _LISTS},
    f"{_API}/users": f"{_API}/users?limit={MANY}&role=Operator",  # not those who look
    f"{_API}/companies/{{company_id}}": f"{_API}/companies/00000000-0000-0000-0000-000000000001",
    f"{_API}/queue": f"{_API}/queue?workstation=1&limit={MANY}",
    f"{_API}/recall": f"{_API}/recall?lot=1",
    f"{_API}/recall.csv": f"{_API}/recall.csv?lot=1",
    f"{_API}/lots/{{lot_id}}/movements": f"{_API}/lots/1/movements?limit={MANY}",
    f"{_API}/recalls/{{recall_id}}/units": f"{_API}/recalls/1/units?limit={MANY}",
    f"{_API}/workflow/statistics": f"{_API}/workflow/statistics?by=hour",
    **{
        f"{root}/labels/{{kind}}/{{thing_id}}.{form}": f"{root}/labels/piece/1.{form}"
        for root in (_API, "/pages") for form in ("svg", "pdf")
    },
    "/pages/admin/recall.csv": "/pages/admin/recall.csv?lot=1",
    "/pages/operator/commands/{command}.svg": "/pages/operator/commands/start.svg",
}  # fmt: skip
"""What a list needs to show all it has."""
