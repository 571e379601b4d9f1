"""Journal-entry tests that compare entries with others of the same ledger: reversals, duplicates, gaps in numbers.

As in `entry_tests`, each is one statement. None of them joins entries with one another: what belongs together is
partitioned by a key, so that their cost grows with the ledger and not with its square.
"""

from typing import LiteralString

REVERSAL: LiteralString = """
    WITH signed AS (
        SELECT entry, md5(string_agg(account || ':' || amount, ',' ORDER BY account, amount)) AS plus,
               md5(string_agg(account || ':' || -amount, ',' ORDER BY account, -amount)) AS minus
        FROM audit.lines WHERE ledger_id = %(ledger)s AND amount <> 0 GROUP BY entry
    ), dated AS (
        SELECT s.entry, least(plus, minus) AS key, CASE WHEN plus < minus THEN 1 ELSE -1 END AS sign, e.posted_on,
               e.number
        FROM signed AS s JOIN audit.entries AS e ON e.ledger_id = %(ledger)s AND e.position = s.entry
        WHERE plus <> minus AND e.posted_on IS NOT NULL
    ), along AS (
        SELECT entry, number, posted_on, sign, sum(sign) OVER so_far AS balance,
               max(ARRAY[posted_on - DATE '2000-01-01', entry]) FILTER (WHERE sign = 1) OVER so_far AS last_plus,
               max(ARRAY[posted_on - DATE '2000-01-01', entry]) FILTER (WHERE sign = -1) OVER so_far AS last_minus
        FROM dated
        WINDOW so_far AS (PARTITION BY key ORDER BY posted_on, entry ROWS UNBOUNDED PRECEDING)
    ), undone AS (
        SELECT entry, posted_on, CASE sign WHEN 1 THEN last_minus ELSE last_plus END AS before
        FROM along WHERE (balance - sign) * sign < 0
    )
    SELECT u.entry, NULL::int AS line,
           format('It undoes entry %%s of %%s.', o.number, o.posted_on) AS why,
           jsonb_build_object('entry', o.position, 'number', o.number, 'posted_on', o.posted_on) AS details
    FROM undone AS u JOIN audit.entries AS o ON o.ledger_id = %(ledger)s AND o.position = u.before[2]
    WHERE u.posted_on - o.posted_on <= %(reversal_days)s"""

DUPLICATE: LiteralString = """
    WITH keyed AS (
        SELECT entry, bool_or(reference <> '') AS is_referenced,
               md5(string_agg(concat_ws('|', account, amount, party, reference), ','
                              ORDER BY account, amount, party, reference)) AS key
        FROM audit.lines WHERE ledger_id = %(ledger)s AND amount <> 0 GROUP BY entry
    ), along AS (
        SELECT k.entry, k.is_referenced, e.posted_on, lag(e.position) OVER before AS earlier,
               lag(e.number) OVER before AS number, lag(e.posted_on) OVER before AS earlier_on
        FROM keyed AS k JOIN audit.entries AS e ON e.ledger_id = %(ledger)s AND e.position = k.entry
        WINDOW before AS (PARTITION BY k.key ORDER BY e.posted_on, e.position)
    )
    SELECT entry, NULL::int AS line, format('It is the same as entry %%s of %%s.', number, earlier_on) AS why,
           jsonb_build_object('entry', earlier, 'number', number, 'posted_on', earlier_on) AS details
    FROM along WHERE earlier IS NOT NULL AND (is_referenced OR posted_on - earlier_on <= %(duplicate_days)s)"""

# Some systems count in each journal, others through all of them. Where more than a few numbers are there several
# times, it is each journal; else the way with fewer gaps is the one that was meant. It is asked for once: joined, it
# would be computed anew for each entry where the planner thinks that there are few.
GAP: LiteralString = """
    WITH parts AS (
        SELECT position, journal, number, regexp_replace(number, '\\d+$', '') AS prefix,
               substring(number FROM '\\d+$')::numeric AS place
        FROM audit.entries WHERE ledger_id = %(ledger)s AND number ~ '\\d$'
    ), along AS (
        SELECT position, journal, number, prefix, place,
               lag(place) OVER (PARTITION BY journal, prefix ORDER BY place, position) AS in_journal,
               lag(place) OVER (PARTITION BY prefix ORDER BY place, position) AS in_all
        FROM parts
    ), way AS MATERIALIZED (
        SELECT count(*) FILTER (WHERE place = in_all) * 20 > count(*)
                   OR count(*) FILTER (WHERE place > in_journal + 1) <= count(*) FILTER (WHERE place > in_all + 1)
                   AS by_journal
        FROM along
    ), gaps AS (
        SELECT position, journal, prefix, place - 1 AS last,
               CASE WHEN (SELECT by_journal FROM way) THEN in_journal ELSE in_all END + 1 AS first,
               CASE WHEN (SELECT by_journal FROM way) AND journal <> '' THEN ' in journal ' || journal ELSE '' END AS of
        FROM along
    )
    SELECT position AS entry, NULL::int AS line,
           format('Missing before it%%s: %%s%%s%%s.', of, prefix, first,
                  CASE WHEN last > first THEN ' to ' || prefix || last ELSE '' END) AS why,
           jsonb_build_object('journal', journal, 'prefix', prefix, 'from', first, 'to', last,
                              'missing', last - first + 1) AS details
    FROM gaps WHERE last >= first"""
