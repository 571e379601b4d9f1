-- What the database holds by itself, whoever writes.

-- Nothing that supports a conclusion is deleted. Where a row may go, foreign keys keep it as soon as something rests on it.
REVOKE DELETE ON audit.engagements, audit.additions, audit.requests, audit.evidence, audit.evidence_versions,
    audit.workpapers, audit.workpaper_versions, audit.findings, audit.finding_evidence, audit.finding_notes,
    audit.assessments, audit.document_jobs, audit.chunks, audit.ledgers, audit.accounts, audit.entries, audit.lines, audit.test_runs,
    audit.exceptions, audit.populations, audit.population_items, audit.samples, audit.sample_items,
    audit.reconciliations, audit.matches, audit.frameworks, audit.requirements FROM portico_app;

-- Rows are added to these and never changed.
REVOKE UPDATE ON audit.additions, audit.evidence, audit.workpapers, audit.workpaper_evidence, audit.finding_evidence,
    audit.finding_notes, audit.assessments, audit.chunks, audit.accounts, audit.entries, audit.lines, audit.test_runs,
    audit.population_items, audit.reconciliations, audit.matches, audit.frameworks, audit.requirements FROM portico_app;

-- After archiving nothing is changed or added, but for additions, and for what the nightly check writes. The lock is for
-- jobs, which have entered by no request: whoever archives at this moment is waited for, and waits.
CREATE FUNCTION audit.refuse_archived(engagement bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    standing text;
BEGIN
    SELECT state INTO standing FROM audit.engagements WHERE id = engagement FOR KEY SHARE;
    IF standing = 'archived' THEN
        RAISE EXCEPTION 'an archived engagement never changes' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

CREATE FUNCTION audit.keep_archive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM audit.refuse_archived(CASE WHEN TG_OP = 'DELETE' THEN OLD.engagement_id ELSE NEW.engagement_id END);
    IF TG_OP = 'UPDATE' AND NEW.engagement_id <> OLD.engagement_id THEN
        RAISE EXCEPTION 'nothing moves to another engagement' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'audit' AND column_name = 'engagement_id' AND table_name <> 'additions'
    LOOP
        EXECUTE format('CREATE TRIGGER keep_archive BEFORE INSERT OR UPDATE OR DELETE ON audit.%I
                        FOR EACH ROW EXECUTE FUNCTION audit.keep_archive()', name);
    END LOOP;
END $$;

CREATE FUNCTION audit.keep_archived_engagement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an archived engagement never changes' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER keep_archive BEFORE UPDATE OR DELETE ON audit.engagements
    FOR EACH ROW WHEN (OLD.state = 'archived') EXECUTE FUNCTION audit.keep_archived_engagement();

-- Additions are for archived engagements alone: before that, people work in the engagement itself.
CREATE FUNCTION audit.add_to_archive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit.engagements WHERE id = NEW.engagement_id AND state = 'archived') THEN
        RAISE EXCEPTION 'the engagement is not archived' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER add_to_archive BEFORE INSERT ON audit.additions FOR EACH ROW EXECUTE FUNCTION audit.add_to_archive();
CREATE TRIGGER keep_archive BEFORE UPDATE OR DELETE ON audit.additions
    FOR EACH ROW EXECUTE FUNCTION audit.keep_archived_engagement();

-- Of a version of evidence only its state goes on, and what checks of its bytes have found.
CREATE FUNCTION audit.keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.evidence_id, NEW.number, NEW.file_id, NEW.name, NEW.media_type, NEW.size, NEW.sha256,
        NEW.received_by, NEW.received_from, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.evidence_id, OLD.number, OLD.file_id, OLD.name, OLD.media_type, OLD.size,
        OLD.sha256, OLD.received_by, OLD.received_from, OLD.created_at)
        OR array_position(ARRAY['received', 'sealed', 'superseded'], NEW.state)
            < array_position(ARRAY['received', 'sealed', 'superseded'], OLD.state)
        OR (OLD.sealed_at IS NOT NULL AND NEW.sealed_at IS DISTINCT FROM OLD.sealed_at)
        OR (OLD.failed_at IS NOT NULL AND NEW.failed_at IS DISTINCT FROM OLD.failed_at) THEN
        RAISE EXCEPTION 'evidence never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.state, NEW.sealed_at) IS DISTINCT FROM (OLD.state, OLD.sealed_at) THEN
        PERFORM audit.refuse_archived(d.engagement_id) FROM audit.evidence AS d WHERE d.id = NEW.evidence_id;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_evidence BEFORE UPDATE ON audit.evidence_versions
    FOR EACH ROW EXECUTE FUNCTION audit.keep_evidence();

CREATE FUNCTION audit.keep_evidence_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'evidence is never changed or deleted' USING ERRCODE = 'restrict_violation';
END $$;

-- The owner as well: who wants to remove evidence has to remove this first.
CREATE TRIGGER keep_row BEFORE DELETE ON audit.evidence_versions
    FOR EACH ROW EXECUTE FUNCTION audit.keep_evidence_row();
CREATE TRIGGER keep_row BEFORE UPDATE OR DELETE ON audit.evidence
    FOR EACH ROW EXECUTE FUNCTION audit.keep_evidence_row();
CREATE TRIGGER keep_rows BEFORE TRUNCATE ON audit.evidence_versions
    FOR EACH STATEMENT EXECUTE FUNCTION audit.keep_evidence_row();
CREATE TRIGGER keep_rows BEFORE TRUNCATE ON audit.evidence
    FOR EACH STATEMENT EXECUTE FUNCTION audit.keep_evidence_row();

CREATE FUNCTION audit.keep_archived_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM audit.refuse_archived(d.engagement_id) FROM audit.evidence AS d WHERE d.id = NEW.evidence_id;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_archive BEFORE INSERT ON audit.evidence_versions
    FOR EACH ROW EXECUTE FUNCTION audit.keep_archived_evidence();

-- The kernel's row says where the bytes are. Of evidence it stays as it is, whatever code means to remove it.
CREATE FUNCTION audit.keep_file() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM audit.evidence_versions WHERE file_id = OLD.id) THEN
        RAISE EXCEPTION 'evidence is never changed or deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE ON portico.files
    FOR EACH ROW WHEN (OLD.app = 'audit' AND OLD.state = 'kept') EXECUTE FUNCTION audit.keep_file();

CREATE FUNCTION audit.keep_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM audit.evidence_versions) THEN
        RAISE EXCEPTION 'evidence is never changed or deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_evidence_rows BEFORE TRUNCATE ON portico.files
    FOR EACH STATEMENT EXECUTE FUNCTION audit.keep_files();

-- What was prepared is no longer edited: an edit opens the next version.
CREATE FUNCTION audit.keep_workpaper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (NEW.title, NEW.objective, NEW.work_done, NEW.conclusion, NEW.edited_by)
        IS DISTINCT FROM (OLD.title, OLD.objective, OLD.work_done, OLD.conclusion, OLD.edited_by) THEN
        RAISE EXCEPTION 'a prepared workpaper never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('approved', 'locked') AND NEW.state NOT IN (OLD.state, 'locked') THEN
        RAISE EXCEPTION 'an approved workpaper stays approved' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_workpaper BEFORE UPDATE ON audit.workpaper_versions
    FOR EACH ROW EXECUTE FUNCTION audit.keep_workpaper();

CREATE FUNCTION audit.refuse_foreign(engagement bigint, evidence bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit.evidence_versions AS v JOIN audit.evidence AS d ON d.id = v.evidence_id
                   WHERE v.id = evidence AND d.engagement_id = engagement) THEN
        RAISE EXCEPTION 'this is evidence of another engagement' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

-- What has no engagement of its own has that of what it belongs to: the table and the column are the arguments. Lines
-- and items come in bulk, when their ledger or population says by its state that they may.
CREATE FUNCTION audit.keep_archived_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    engagement bigint;
BEGIN
    EXECUTE format('SELECT engagement_id FROM audit.%I WHERE id = $1', TG_ARGV[0])
        INTO engagement USING (part ->> TG_ARGV[1])::bigint;
    PERFORM audit.refuse_archived(engagement);
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN SELECT * FROM (VALUES
        ('workpaper_versions', 'workpapers', 'workpaper_id', 'INSERT OR UPDATE OR DELETE'),
        ('finding_notes', 'findings', 'finding_id', 'INSERT OR UPDATE OR DELETE'),
        ('finding_evidence', 'findings', 'finding_id', 'UPDATE OR DELETE'),
        ('matches', 'reconciliations', 'reconciliation_id', 'INSERT OR UPDATE OR DELETE'),
        ('sample_items', 'samples', 'sample_id', 'INSERT OR UPDATE OR DELETE'),
        ('population_items', 'populations', 'population_id', 'UPDATE OR DELETE'),
        ('accounts', 'ledgers', 'ledger_id', 'UPDATE OR DELETE'),
        ('entries', 'ledgers', 'ledger_id', 'UPDATE OR DELETE'),
        ('lines', 'ledgers', 'ledger_id', 'UPDATE OR DELETE')) AS known (part, whole, via, events)
    LOOP
        EXECUTE format('CREATE TRIGGER keep_archive BEFORE %s ON audit.%I
                        FOR EACH ROW EXECUTE FUNCTION audit.keep_archived_part(%L, %L)',
                       kept.events, kept.part, kept.whole, kept.via);
    END LOOP;
END $$;

-- A version rests on what it rested on when it was prepared.
CREATE FUNCTION audit.keep_workpaper_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    link audit.workpaper_evidence := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    engagement bigint := (SELECT w.engagement_id FROM audit.workpaper_versions AS v
                          JOIN audit.workpapers AS w ON w.id = v.workpaper_id
                          WHERE v.id = link.workpaper_version_id AND v.state = 'draft');
BEGIN
    IF engagement IS NULL THEN
        RAISE EXCEPTION 'a prepared workpaper never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM audit.refuse_archived(engagement), audit.refuse_foreign(engagement, link.evidence_version_id);
    RETURN link;
END $$;

CREATE TRIGGER keep_links BEFORE INSERT OR UPDATE OR DELETE ON audit.workpaper_evidence
    FOR EACH ROW EXECUTE FUNCTION audit.keep_workpaper_evidence();

CREATE FUNCTION audit.keep_finding_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM audit.refuse_archived(f.engagement_id), audit.refuse_foreign(f.engagement_id, NEW.evidence_version_id)
        FROM audit.findings AS f WHERE f.id = NEW.finding_id;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_links BEFORE INSERT ON audit.finding_evidence
    FOR EACH ROW EXECUTE FUNCTION audit.keep_finding_evidence();

-- Whatever is sent to somebody rests on sealed evidence, and whatever is closed on that of its last retest.
CREATE FUNCTION audit.trace_finding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit.finding_evidence AS l
                   JOIN audit.evidence_versions AS v ON v.id = l.evidence_version_id AND v.sealed_at IS NOT NULL
                   WHERE l.finding_id = NEW.id
                     AND l.retest = CASE WHEN NEW.state = 'closed_verified' THEN NEW.retests ELSE 0 END) THEN
        RAISE EXCEPTION 'a finding rests on sealed evidence' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER trace_finding BEFORE INSERT OR UPDATE OF state ON audit.findings
    FOR EACH ROW WHEN (NEW.state NOT IN ('draft', 'withdrawn')) EXECUTE FUNCTION audit.trace_finding();

-- A frozen population is what its hash says, and a drawn sample what its seed gives.
CREATE FUNCTION audit.keep_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a frozen population never changes' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER keep_frozen BEFORE UPDATE ON audit.populations
    FOR EACH ROW WHEN (OLD.state = 'frozen') EXECUTE FUNCTION audit.keep_frozen();

CREATE FUNCTION audit.keep_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.population_id, NEW.method, NEW.size, NEW.plan, NEW.seed, NEW.selected_at)
        IS DISTINCT FROM (OLD.population_id, OLD.method, OLD.size, OLD.plan, OLD.seed, OLD.selected_at) THEN
        RAISE EXCEPTION 'a drawn sample never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_drawn BEFORE UPDATE ON audit.samples
    FOR EACH ROW WHEN (OLD.state <> 'planned') EXECUTE FUNCTION audit.keep_drawn();

-- Nothing is added to either. Of an item that was drawn only what was found in it is written.
CREATE FUNCTION audit.keep_population_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM audit.populations WHERE id IN (SELECT population_id FROM added) AND state <> 'draft') THEN
        RAISE EXCEPTION 'a frozen population never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_frozen AFTER INSERT ON audit.population_items
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit.keep_population_items();

CREATE FUNCTION audit.keep_sample_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM audit.samples WHERE id IN (SELECT sample_id FROM added) AND state <> 'planned') THEN
        RAISE EXCEPTION 'a drawn sample never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_drawn AFTER INSERT ON audit.sample_items
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit.keep_sample_items();

REVOKE UPDATE ON audit.sample_items FROM portico_app;
GRANT UPDATE (is_deviation, audited_amount, note) ON audit.sample_items TO portico_app;

-- The books of a ledger that is imported are closed.
CREATE FUNCTION audit.keep_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM audit.ledgers WHERE id IN (SELECT ledger_id FROM added) AND state <> 'importing') THEN
        RAISE EXCEPTION 'an imported ledger never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_books AFTER INSERT ON audit.lines
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit.keep_books();
CREATE TRIGGER keep_books AFTER INSERT ON audit.accounts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit.keep_books();
CREATE TRIGGER keep_books AFTER INSERT ON audit.entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit.keep_books();
