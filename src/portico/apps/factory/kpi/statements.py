"""What the figures are made of, in SQL: four statements, whatever the number of workstations, shifts and reports.

`since` and `until` are the window; nothing is measured after now. Shifts and stops are clipped to it, and stops to the
shifts. Neither the shifts nor the stops of a workstation overlap, so their common times may be added.
"""

STATION = "(%(workstation)s::bigint IS NULL OR w.id = %(workstation)s)"
MINUTES = "extract(epoch FROM sum({end} - {start}))::float8 / 60"

SHIFT_MINUTES = MINUTES.format(end="least(s.ends_at, %(until)s)", start="greatest(s.starts_at, %(since)s)")
SHIFTS = f"""
    SELECT w.id AS workstation_id, w.name AS workstation, coalesce(t.minutes, 0) AS minutes
    FROM factory.workstations AS w
    CROSS JOIN LATERAL (
        SELECT {SHIFT_MINUTES} AS minutes FROM factory.shifts AS s
        WHERE s.company_id = w.company_id AND s.workstation_id = w.id
            AND s.starts_at < %(until)s AND s.ends_at > %(since)s) AS t
    WHERE {STATION} ORDER BY lower(w.name), w.id"""

# A stop that reaches into a shift began in it, or is the last one that began before: they do not overlap. To look for
# nothing else is what keeps the time linear; without it every shift would be held against every stop before its end.
STOP_END = "least(s.ends_at, d.ends_at, %(until)s)"
STOP_START = "greatest(s.starts_at, d.starts_at, %(since)s)"
STOP = "SELECT id, reason, is_planned, starts_at, ends_at FROM factory.downtimes"
AT_STATION = "company_id = s.company_id AND workstation_id = s.workstation_id"
STOPS = f"""
    SELECT s.workstation_id, d.reason, d.is_planned, count(DISTINCT d.id) AS times,
           {MINUTES.format(end=STOP_END, start=STOP_START)} AS minutes
    FROM factory.workstations AS w
    JOIN factory.shifts AS s ON s.company_id = w.company_id AND s.workstation_id = w.id
        AND s.starts_at < %(until)s AND s.ends_at > %(since)s
    CROSS JOIN LATERAL (
        {STOP} WHERE {AT_STATION} AND starts_at >= s.starts_at AND starts_at < s.ends_at
        UNION ALL
        ({STOP} WHERE {AT_STATION} AND starts_at < s.starts_at ORDER BY starts_at DESC LIMIT 1)) AS d
    WHERE {STATION} AND d.starts_at < %(until)s AND {STOP_END} > {STOP_START}
    GROUP BY s.workstation_id, d.reason, d.is_planned"""

# What was taken back never was: a reversal counts when its report did. Both halves have an index that holds all they
# need. Reports are summed by operation before they meet the standard times: there are many times more of them.
COUNTED = """
    SELECT r.id, r.operation_id, r.good, r.scrap, r.rework FROM factory.reports AS r
    WHERE r.company_id = w.company_id AND r.workstation_id = w.id AND r.at >= %(since)s AND r.at < %(until)s
        AND r.reverses_id IS NULL AND {which}
    UNION ALL
    SELECT r.id, r.operation_id, r.good, r.scrap, r.rework
    FROM factory.reports AS r JOIN factory.reports AS t ON t.company_id = r.company_id AND t.id = r.reverses_id
    WHERE r.company_id = w.company_id AND r.workstation_id = w.id AND r.reverses_id IS NOT NULL
        AND t.at >= %(since)s AND t.at < %(until)s AND {which}"""
REPORTS = f"""
    WITH made AS MATERIALIZED (
        SELECT w.company_id, w.id, c.*
        FROM factory.workstations AS w
        CROSS JOIN LATERAL (
            SELECT operation_id, sum(good) AS good, sum(scrap) AS scrap, sum(rework) AS rework
            FROM ({COUNTED.format(which="true")}) AS r GROUP BY operation_id) AS c
        WHERE {STATION})
    SELECT m.id AS workstation_id, sum(m.good)::int AS good, sum(m.scrap)::int AS scrap, sum(m.rework)::int AS rework,
           sum((m.good + m.scrap + m.rework) * o.standard_seconds)::float8 / 60 AS standard,
           sum(m.rework * o.standard_seconds)::float8 / 60 AS rework_minutes
    FROM made AS m JOIN factory.operations AS o ON o.company_id = m.company_id AND o.id = m.operation_id
    GROUP BY m.id"""

SCRAP = f"""
    WITH lost AS MATERIALIZED (
        SELECT w.company_id, w.id, c.*
        FROM factory.workstations AS w
        CROSS JOIN LATERAL (
            SELECT r.operation_id, p.reason_id, sum(p.quantity) AS quantity
            FROM ({COUNTED.format(which="r.scrap <> 0")}) AS r
            JOIN factory.report_scrap AS p ON p.company_id = w.company_id AND p.report_id = r.id
            GROUP BY r.operation_id, p.reason_id) AS c
        WHERE {STATION})
    SELECT m.id AS workstation_id, coalesce(nullif(s.name, ''), s.code) AS reason, sum(m.quantity)::int AS quantity,
           sum(m.quantity * o.standard_seconds)::float8 / 60 AS minutes
    FROM lost AS m
    JOIN factory.operations AS o ON o.company_id = m.company_id AND o.id = m.operation_id
    JOIN factory.scrap_reasons AS s ON s.company_id = m.company_id AND s.id = m.reason_id
    GROUP BY m.id, 2"""
