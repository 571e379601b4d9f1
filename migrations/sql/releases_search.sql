-- The subjects of a release's changes stand in the release, too: that is where the search looks for them.
-- A tsvector takes 1 MB, so that of many thousand changes the first ones are found.
CREATE FUNCTION releases.tell_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE releases.releases AS r
    SET changes_text = COALESCE(left((
        SELECT string_agg(c.subject, E'\n' ORDER BY c.position) FROM releases.changes AS c WHERE c.release_id = r.id
    ), 50000), '')
    WHERE r.id IN (SELECT release_id FROM touched);
    RETURN NULL;
END $$;

CREATE TRIGGER tell_added_changes AFTER INSERT ON releases.changes
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION releases.tell_changes();
CREATE TRIGGER tell_edited_changes AFTER UPDATE ON releases.changes
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION releases.tell_changes();
CREATE TRIGGER tell_removed_changes AFTER DELETE ON releases.changes
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION releases.tell_changes();
