-- Writers of one slot take turns. A transaction that moves a product takes its old categories off the tally in one
-- statement and adds the new ones in the next, so no order of keys keeps two of them in one slot from a deadlock.
CREATE OR REPLACE FUNCTION store.add_to_tally(category_ids bigint[], sign integer) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(7163063, pg_backend_pid() % 16);
    INSERT INTO store.product_tally AS t (category_id, slot, products)
    SELECT id, pg_backend_pid() % 16, sign * count(*) FROM unnest(category_ids) AS id GROUP BY id ORDER BY id
    ON CONFLICT (category_id, slot) DO UPDATE SET products = t.products + excluded.products
$$;
