"""Journal-entry tests that look at one entry, or at the accounts it is booked on (ISA 240.33): one statement each.

Each answers `entry`, `line`, `why` and `details`. `%(ledger)s` is the ledger; the other parameters are those of
`portico.apps.audit.engagements.parameters`.
"""

from typing import LiteralString

from portico.apps.audit.ledgers.reads import NUMBERED

# Of an entry that balances both sides are the same; a payment on a statement has one side.
_SIZES: LiteralString = """
    SELECT entry, greatest(sum(greatest(amount, 0)), -sum(least(amount, 0))) AS size
    FROM audit.lines WHERE ledger_id = %(ledger)s GROUP BY entry"""

BACKDATED: LiteralString = """
    SELECT position AS entry, NULL::int AS line,
           format('Entered on %%s for %%s: %%s days later.', entered_on, posted_on, entered_on - posted_on) AS why,
           jsonb_build_object('posted_on', posted_on, 'entered_on', entered_on, 'days', entered_on - posted_on)
               AS details
    FROM audit.entries WHERE ledger_id = %(ledger)s AND entered_on - posted_on > %(backdated_days)s"""

WEEKEND_OR_HOLIDAY: LiteralString = """
    SELECT position AS entry, NULL::int AS line,
           format(CASE WHEN day = ANY(%(holidays)s::date[]) THEN 'On %%s, a holiday.' ELSE 'On %%s.' END,
                  to_char(day, 'FMDay YYYY-MM-DD')) AS why,
           jsonb_build_object('day', day) AS details
    FROM (SELECT position, coalesce(entered_on, posted_on) AS day FROM audit.entries WHERE ledger_id = %(ledger)s) AS e
    WHERE extract(isodow FROM day)::int = ANY(%(weekend)s::int[]) OR day = ANY(%(holidays)s::date[])"""

ROUND_AMOUNT: LiteralString = f"""
    SELECT entry, NULL::int AS line, format('It amounts to %%s.', size) AS why,
           jsonb_build_object('amount', size) AS details
    FROM ({_SIZES}) AS s WHERE size > 0 AND mod(size, %(round_step)s::numeric) = 0"""

JUST_UNDER_LIMIT: LiteralString = f"""
    SELECT DISTINCT ON (entry) entry, NULL::int AS line,
           format('It amounts to %%s, %%s below the limit of %%s.', size, l.amount - size, round(l.amount, 2)) AS why,
           jsonb_build_object('amount', size, 'limit', l.amount) AS details
    FROM ({_SIZES}) AS s CROSS JOIN unnest(%(limits)s::numeric[]) AS l(amount)
    WHERE size < l.amount AND size >= l.amount * (1 - %(below_limit_percent)s::numeric / 100)
    ORDER BY entry, l.amount"""

RARE_ACCOUNT: LiteralString = """
    SELECT entry, position AS line,
           format('Lines of account %%s in the ledger: %%s.', account, uses) AS why,
           jsonb_build_object('account', account, 'lines', uses, 'amount', amount) AS details
    FROM (SELECT entry, position, account, amount, count(*) OVER (PARTITION BY account) AS uses
          FROM audit.lines WHERE ledger_id = %(ledger)s) AS l
    WHERE uses <= %(rare_account_lines)s"""

UNUSUAL_PAIR: LiteralString = """
    WITH sides AS MATERIALIZED (
        SELECT entry, account, sum(amount) AS amount, count(*) OVER (PARTITION BY entry) AS accounts
        FROM audit.lines WHERE ledger_id = %(ledger)s GROUP BY entry, account
    ), pairs AS MATERIALIZED (
        SELECT d.entry, d.account AS debit, c.account AS credit FROM sides AS d JOIN sides AS c ON c.entry = d.entry
        WHERE d.amount > 0 AND c.amount < 0 AND d.accounts <= 20
    ), rare AS (
        SELECT debit, credit, count(*) AS uses FROM pairs GROUP BY debit, credit
        HAVING count(*) <= %(rare_pair_entries)s
    )
    SELECT entry, NULL::int AS line,
           format('Seldom together, debit and credit: %%s.',
                  string_agg(debit || ' and ' || credit || ' (' || uses || ')', ', ' ORDER BY debit, credit)) AS why,
           jsonb_build_object('pairs', jsonb_agg(jsonb_build_array(debit, credit) ORDER BY debit, credit)) AS details
    FROM pairs JOIN rare USING (debit, credit) GROUP BY entry"""

NO_DESCRIPTION: LiteralString = """
    SELECT e.position AS entry, NULL::int AS line, 'Neither it nor any of its lines is described.' AS why,
           jsonb_build_object('description', e.description) AS details
    FROM audit.entries AS e
    LEFT JOIN (SELECT entry, max(char_length(btrim(description))) AS longest
               FROM audit.lines WHERE ledger_id = %(ledger)s GROUP BY entry) AS l ON l.entry = e.position
    WHERE e.ledger_id = %(ledger)s
      AND greatest(char_length(btrim(e.description)), l.longest) < %(description_letters)s"""

POSTER_IS_APPROVER: LiteralString = """
    SELECT position AS entry, NULL::int AS line, format('%%s has posted and approved it.', poster) AS why,
           jsonb_build_object('poster', poster, 'approver', approver) AS details
    FROM audit.entries
    WHERE ledger_id = %(ledger)s AND poster <> '' AND lower(btrim(poster)) = lower(btrim(approver))"""

# Where no row has a number, each is taken for an entry of its own, and none of them could balance.
UNBALANCED: LiteralString = f"""
    SELECT entry, NULL::int AS line, format('Debit less credit is %%s.', sum(amount)) AS why,
           jsonb_build_object('balance', sum(amount)) AS details
    FROM audit.lines
    WHERE ledger_id = %(ledger)s AND %(kind)s = 'general'
      AND EXISTS (SELECT FROM audit.entries WHERE ledger_id = %(ledger)s AND {NUMBERED})
    GROUP BY entry HAVING sum(amount) <> 0"""
