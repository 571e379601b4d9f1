-- The role that serves requests. It owns nothing, so policies bind it, and it may not change tables.
DO $$
BEGIN
    -- Looked for first: who lacks CREATEROLE is refused even where the role exists.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portico_app') THEN
        CREATE ROLE portico_app NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server has made it
END
$$;
DO $$
DECLARE
    -- Since 16, who has made a role may grant it and not become it: to be a member does not say enough any more.
    needed text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    -- One grant after another on the whole server: two at once fail with "tuple concurrently updated".
    PERFORM pg_advisory_xact_lock(7163062);
    IF NOT pg_has_role(current_user, 'portico_app', needed) THEN
        EXECUTE format('GRANT portico_app TO %I', current_user);
    END IF;
END
$$;
