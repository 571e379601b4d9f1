-- What the database holds by itself, whoever writes.

-- Lines are added to these and never changed. The stock follows from the ledger and is written by its trigger alone.
REVOKE UPDATE, DELETE ON factory.movements, factory.events, factory.genealogy, factory.reports, factory.report_scrap,
    factory.consumptions, factory.inspections, factory.recalls, factory.recall_units FROM portico_app;
REVOKE INSERT, UPDATE, DELETE ON factory.stock FROM portico_app;

-- Deletion is soft, or for what was never used.
REVOKE DELETE ON factory.projects, factory.components, factory.assemblies, factory.pieces,
    factory.articles, factory.materials, factory.locations, factory.workstations, factory.lots, factory.blocks,
    factory.work_orders, factory.operations, factory.operation_runs, factory.shipments, factory.nonconformances,
    factory.counters FROM portico_app;

-- It works as its owner: who serves requests may add movements, and so changes the stock, and may not in another way.
CREATE FUNCTION factory.book() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE factory.stock SET on_hand = on_hand + NEW.quantity
    WHERE company_id = NEW.company_id AND lot_id = NEW.lot_id AND location_id = NEW.location_id;
    IF NOT FOUND THEN
        INSERT INTO factory.stock AS s (company_id, lot_id, location_id, on_hand)
        VALUES (NEW.company_id, NEW.lot_id, NEW.location_id, NEW.quantity)
        ON CONFLICT (company_id, lot_id, location_id) DO UPDATE SET on_hand = s.on_hand + excluded.on_hand;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER book AFTER INSERT ON factory.movements FOR EACH ROW EXECUTE FUNCTION factory.book();

-- A released routing never changes: its steps neither, and of itself only the state, from released to retired.
CREATE FUNCTION factory.keep_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (TG_OP = 'DELETE' OR NEW.state = 'draft'
        OR (NEW.code, NEW.edition, NEW.name) IS DISTINCT FROM (OLD.code, OLD.edition, OLD.name)) THEN
        RAISE EXCEPTION 'a released routing never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER keep_released BEFORE UPDATE OR DELETE ON factory.routings
    FOR EACH ROW EXECUTE FUNCTION factory.keep_released();

CREATE FUNCTION factory.keep_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    step factory.routing_steps := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF EXISTS (SELECT FROM factory.routings
               WHERE company_id = step.company_id AND id = step.routing_id AND state <> 'draft') THEN
        RAISE EXCEPTION 'a released routing never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER keep_steps BEFORE INSERT OR UPDATE OR DELETE ON factory.routing_steps
    FOR EACH ROW EXECUTE FUNCTION factory.keep_steps();
