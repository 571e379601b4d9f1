-- What the database holds by itself, whoever writes.

-- Lines are added to these and never changed.
REVOKE UPDATE, DELETE ON releases.status_changes, releases.freeze_overrides FROM portico_app;

-- A release that was published never changes in what it is: only its state, and who edits may count.
CREATE FUNCTION releases.keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('published', 'blocked', 'withdrawn', 'archived') THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a published release is never removed' USING ERRCODE = 'restrict_violation';
        END IF;
        IF (NEW.service_id, NEW.semver, NEW.precedence, NEW.git_sha, NEW.artifacts, NEW.notes, NEW.content_hash,
            NEW.published_at, NEW.tagged_at) IS DISTINCT FROM
           (OLD.service_id, OLD.semver, OLD.precedence, OLD.git_sha, OLD.artifacts, OLD.notes, OLD.content_hash,
            OLD.published_at, OLD.tagged_at) OR NEW.state NOT IN ('published', 'blocked', 'withdrawn', 'archived') THEN
            RAISE EXCEPTION 'a published release never changes' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON releases.releases
    FOR EACH ROW EXECUTE FUNCTION releases.keep_published();

CREATE FUNCTION releases.keep_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.release_id ELSE OLD.release_id END;
BEGIN
    IF EXISTS (SELECT FROM releases.releases WHERE id = changed
               AND state IN ('published', 'blocked', 'withdrawn', 'archived')) THEN
        RAISE EXCEPTION 'the changes of a published release never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER keep_changes BEFORE INSERT OR UPDATE OR DELETE ON releases.changes
    FOR EACH ROW EXECUTE FUNCTION releases.keep_changes();
