-- procrastinate names its tables without a schema. Its functions carry the search path, so that they also work when
-- they are called in the transaction of a request, and when their triggers fire there.
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN SELECT oid FROM pg_proc WHERE pronamespace = 'portico_queue'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = portico_queue', routine);
    END LOOP;
END
$$;
GRANT USAGE ON SCHEMA portico_queue TO portico_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA portico_queue TO portico_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA portico_queue TO portico_app;
