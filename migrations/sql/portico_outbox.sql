-- Rows are added and read. Nobody who serves requests can change one, or take one away before its time.
REVOKE UPDATE, DELETE ON portico.outbox, portico.outbox_swept FROM portico_app;
REVOKE INSERT ON portico.outbox_swept FROM portico_app;

-- Takes away what is older than 7 days, the oldest first, and remembers how far. Up to 10,000 rows a call, so that
-- no call is long; answers how many.
CREATE FUNCTION portico.sweep_outbox() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH old AS (
        SELECT app, xid, id FROM portico.outbox WHERE created_at < now() - interval '7 days'
        ORDER BY xid, id LIMIT 10000
    ), gone AS (
        DELETE FROM portico.outbox AS o USING old
        WHERE (o.app, o.xid, o.id) = (old.app, old.xid, old.id) RETURNING o.app, o.xid, o.id
    ), marked AS (
        INSERT INTO portico.outbox_swept AS s (app, xid, id)
        SELECT DISTINCT ON (app) app, xid, id FROM gone ORDER BY app, xid DESC, id DESC
        ON CONFLICT (app) DO UPDATE SET xid = excluded.xid, id = excluded.id
        WHERE (excluded.xid, excluded.id) > (s.xid, s.id)
    )
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION portico.sweep_outbox() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portico.sweep_outbox() TO portico_app;

-- Transaction numbers mean something on the server that gave them alone. Called once after a backup was restored on
-- another one: rows that followers have not had get a number of this server; the others are marked as swept, so that
-- readers who come back with a position of the old server begin anew.
CREATE FUNCTION portico.restamp_outbox() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM portico.outbox AS o WHERE (o.xid, o.id) <= ALL (
        SELECT c.xid, c.id FROM portico.outbox_cursors AS c WHERE c.app = o.app);
    UPDATE portico.outbox_cursors SET xid = '0', id = 0;
    DELETE FROM portico.outbox_swept;
    INSERT INTO portico.outbox_swept (app, xid, id)
        SELECT app, pg_current_xact_id(), 0 FROM portico.outbox UNION SELECT app, pg_current_xact_id(), 0
        FROM portico.outbox_cursors;
    UPDATE portico.outbox SET xid = pg_current_xact_id();
$$;
REVOKE ALL ON FUNCTION portico.restamp_outbox() FROM PUBLIC;
