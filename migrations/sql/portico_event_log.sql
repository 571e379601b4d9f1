-- Who serves requests may add to the log and read it; the number and the time of an event are the server's own. Seals
-- are made by seal_events() alone, which reads what is there and changes none of it.
REVOKE INSERT, UPDATE, DELETE ON portico.event_log, portico.event_seals, portico.events_to_seal FROM portico_app;
GRANT INSERT (app, actor, actor_name, address, action, object, details) ON portico.event_log TO portico_app;

-- Every event is queued for its seal, whoever adds it and however.
CREATE FUNCTION portico.queue_for_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO portico.events_to_seal (event_id, app) SELECT id, app FROM added;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION portico.queue_for_seal() FROM PUBLIC;
CREATE TRIGGER queue_for_seal AFTER INSERT ON portico.event_log
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portico.queue_for_seal();

-- What a seal is made over: each part with its length in bytes before it, so that no two events have one text.
-- portico.kernel.event_seals makes the same text when it verifies.
CREATE FUNCTION portico.event_text(event portico.event_log, seq bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(octet_length(convert_to(part, 'UTF8')) || ':' || part || ',', '' ORDER BY place)
    FROM unnest(ARRAY[
        seq::text, event.id::text, event.app,
        to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        event.actor, event.actor_name, event.address, event.action, event.object, event.details::text
    ]) WITH ORDINALITY AS parts (part, place)
$$;

-- Seals up to 1,000 events that wait for it; answers how many. One at a time: a second caller gets 0 at once. An event
-- leaves the queue in the transaction that seals it, so none is passed over, however late its own was committed. Events
-- of one object keep their order: who has its lock later gets the higher id, and is seen later or together.
CREATE FUNCTION portico.seal_events() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    event portico.event_log;
    chain text;
    last_seq bigint;
    last_hash bytea;
    sealed bigint := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7163070) THEN
        RETURN 0;
    END IF;
    FOR event IN
        WITH taken AS (
            DELETE FROM portico.events_to_seal WHERE event_id IN (
                SELECT event_id FROM portico.events_to_seal ORDER BY event_id LIMIT 1000)
            RETURNING event_id
        )
        SELECT l.* FROM portico.event_log AS l JOIN taken ON taken.event_id = l.id ORDER BY l.app, l.id
    LOOP
        IF chain IS DISTINCT FROM event.app THEN
            chain := event.app;
            SELECT s.seq, s.hash INTO last_seq, last_hash FROM portico.event_seals AS s
            WHERE s.app = chain ORDER BY s.seq DESC LIMIT 1;
            IF NOT FOUND THEN
                last_seq := 0;
                last_hash := decode(repeat('00', 32), 'hex');
            END IF;
        END IF;
        last_seq := last_seq + 1;
        last_hash := sha256(last_hash || convert_to(portico.event_text(event, last_seq), 'UTF8'));
        INSERT INTO portico.event_seals (app, seq, event_id, hash) VALUES (chain, last_seq, event.id, last_hash);
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END
$$;
REVOKE ALL ON FUNCTION portico.seal_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portico.seal_events() TO portico_app;
