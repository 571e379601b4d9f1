"""The text that the hash of a population is of: what a third party has to write to compute it."""

FIRST_LINES = "portico population 1\n{evidence_sha256}\n"
"""How the text begins: the name of its form, and the SHA-256 of the file that the ledger was imported from."""
NEXT_LINES = """
    SELECT string_agg(position || E'\\t' || line || E'\\t' || amount || E'\\n', '' ORDER BY position) AS text,
           max(position) AS last
    FROM audit.population_items WHERE population_id = %(id)s AND position > %(after)s
        AND position <= %(after)s + 10000"""
HASHED = """
    SELECT count(*) AS count, coalesce(sum(abs(amount)), 0) AS value,
           encode(sha256(convert_to(%(first)s || string_agg(
               position || E'\\t' || line || E'\\t' || amount || E'\\n', '' ORDER BY position), 'UTF8')), 'hex') AS hash
    FROM audit.population_items WHERE population_id = %(id)s"""
