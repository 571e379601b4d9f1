-- How many products there are, in all (category 0) and per category, without counting them.
--
-- The number is the sum over 16 slots; a connection writes to the slot of its process id, so that two writers seldom
-- meet in one row. Rows change once a statement, in the order of their keys.
CREATE FUNCTION store.add_to_tally(category_ids bigint[], sign integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO store.product_tally AS t (category_id, slot, products)
    SELECT id, pg_backend_pid() % 16, sign * count(*) FROM unnest(category_ids) AS id GROUP BY id ORDER BY id
    ON CONFLICT (category_id, slot) DO UPDATE SET products = t.products + excluded.products
$$;

CREATE FUNCTION store.tally_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM store.add_to_tally(ARRAY(SELECT 0::bigint FROM new_rows), 1);
    ELSE
        PERFORM store.add_to_tally(ARRAY(SELECT 0::bigint FROM old_rows), -1);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION store.tally_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM store.add_to_tally(ARRAY(SELECT category_id FROM old_rows), -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM store.add_to_tally(ARRAY(SELECT category_id FROM new_rows), 1);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER tally_insert AFTER INSERT ON store.products
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION store.tally_products();
CREATE TRIGGER tally_delete AFTER DELETE ON store.products
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION store.tally_products();
CREATE TRIGGER tally_insert AFTER INSERT ON store.product_categories
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION store.tally_categories();
CREATE TRIGGER tally_update AFTER UPDATE ON store.product_categories
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION store.tally_categories();
CREATE TRIGGER tally_delete AFTER DELETE ON store.product_categories
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION store.tally_categories();
