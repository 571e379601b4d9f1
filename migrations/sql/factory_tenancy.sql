-- Row-level security on every table, and the few doors in it.
--
-- The owner may see all rows, and FORCE binds it where it writes. It is not who serves requests: the functions below look
-- as it, and so do backups, which would lack every row of a company otherwise where the owner is no superuser.

DO $$
DECLARE
    name text;
    key text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'factory' LOOP
        key := CASE WHEN name = 'companies' THEN 'id' ELSE 'company_id' END;
        EXECUTE format('ALTER TABLE factory.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE factory.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($policy$
            CREATE POLICY tenant ON factory.%1$I
            USING (%2$I = nullif(current_setting('app.tenant', true), '')::uuid)
            WITH CHECK (%2$I = nullif(current_setting('app.tenant', true), '')::uuid)$policy$, name, key);
        EXECUTE format('CREATE POLICY door ON factory.%I FOR SELECT TO CURRENT_USER USING (true)', name);
    END LOOP;
END $$;

-- Whose account a name is, for log-in and the command line. It tells nothing else of the account. What was removed, and
-- whoever belongs to a company that is not active, is nobody here.
CREATE FUNCTION factory.company_of_account(account text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT u.company_id FROM factory.users AS u JOIN factory.companies AS c ON c.id = u.company_id AND c.is_active
    WHERE (lower(u.username) = lower(account) OR lower(u.email) = lower(account)) AND u.deleted_at IS NULL
    ORDER BY lower(u.username) = lower(account) DESC LIMIT 1
$$;

-- Whose badge this is, at a workstation of the same company.
CREATE FUNCTION factory.company_of_badge(badge uuid, station uuid) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT u.company_id FROM factory.users AS u JOIN factory.workstations AS w ON w.company_id = u.company_id
    JOIN factory.companies AS c ON c.id = u.company_id AND c.is_active
    WHERE u.guid = badge AND w.guid = station
$$;

-- Every company, for whoever runs the installation: the live session of a SystemAdmin is asked for, not believed.
CREATE FUNCTION factory.companies_for(caller uuid) RETURNS SETOF factory.companies
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT c.* FROM factory.companies AS c
    WHERE EXISTS (
        SELECT FROM factory.sessions AS s JOIN factory.users AS u ON u.id = s.user_id
        WHERE s.id = caller AND s.ended_at IS NULL AND s.workstation_id IS NULL
          AND u.is_active AND u.deleted_at IS NULL AND u.role = 'SystemAdmin')
$$;

-- Which companies there are, for sweeps and jobs that go through all of them. It tells no names.
CREATE FUNCTION factory.company_ids() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT id FROM factory.companies
$$;

REVOKE ALL ON FUNCTION factory.company_of_account(text), factory.company_of_badge(uuid, uuid),
    factory.companies_for(uuid), factory.company_ids() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION factory.company_of_account(text), factory.company_of_badge(uuid, uuid),
    factory.companies_for(uuid), factory.company_ids() TO portico_app;

-- Those who run the installation belong to a company of their own.
SELECT set_config('app.tenant', '00000000-0000-0000-0000-000000000001', true);
INSERT INTO factory.companies (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'Ra Factory')
    ON CONFLICT DO NOTHING; -- it stays when the policies are taken back
SELECT set_config('app.tenant', '', true);
