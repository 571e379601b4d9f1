-- The role that serves requests. It owns nothing, so policies bind it, and it may not change tables.
DO $$
BEGIN
    CREATE ROLE portico_app NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server has made it
END
$$;
DO $$
BEGIN
    -- One grant after another on the whole server: two at once fail with "tuple concurrently updated".
    PERFORM pg_advisory_xact_lock(7163062);
    IF NOT pg_has_role(current_user, 'portico_app', 'MEMBER') THEN
        EXECUTE format('GRANT portico_app TO %I', current_user);
    END IF;
END
$$;
