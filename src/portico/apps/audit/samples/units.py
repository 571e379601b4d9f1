"""SQL: the items of a frozen population that the units of a monetary-unit sample hit.

Its parameters are `population`, and in cents `first` and `interval`. All items lie end to end, `upto` is the last cent
of one. Units lie at `first` and at each interval after it: up to a cent c there are (c - first + interval) / interval
of them, in whole numbers.
"""

HITS = """
    WITH laid AS (
        SELECT position, amount, (abs(amount) * 100)::bigint AS cents,
               (sum(abs(amount) * 100) OVER (ORDER BY position))::bigint AS upto
        FROM audit.population_items WHERE population_id = %(population)s
    ), hit AS (
        SELECT position AS item, amount, (upto - %(first)s::bigint + %(interval)s::bigint) / %(interval)s::bigint
               - (upto - cents - %(first)s::bigint + %(interval)s::bigint) / %(interval)s::bigint AS hits
        FROM laid
    )
    SELECT row_number() OVER (ORDER BY item) AS position, item, amount, hits FROM hit WHERE hits > 0"""
