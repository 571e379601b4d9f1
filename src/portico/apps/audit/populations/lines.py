"""SQL: the lines of a ledger that a filter finds. Its parameters are the filter's fields and `ledger`."""

FOUND = """
    FROM audit.lines AS l JOIN audit.entries AS e ON e.ledger_id = l.ledger_id AND e.position = l.entry
    WHERE l.ledger_id = %(ledger)s
      AND (%(accounts)s::text[] IS NULL OR l.account = ANY (%(accounts)s))
      AND (%(account_prefix)s::text IS NULL OR starts_with(l.account, %(account_prefix)s))
      AND (%(journal)s::text IS NULL OR e.journal = %(journal)s)
      AND (%(period_from)s::date IS NULL OR e.posted_on >= %(period_from)s)
      AND (%(period_to)s::date IS NULL OR e.posted_on <= %(period_to)s)
      AND (%(amount_min)s::numeric IS NULL OR abs(l.amount) >= %(amount_min)s)
      AND (%(amount_max)s::numeric IS NULL OR abs(l.amount) <= %(amount_max)s)
      AND (%(side)s::text IS NULL OR l.amount > 0 AND %(side)s = 'debit' OR l.amount < 0 AND %(side)s = 'credit')"""
FIELDS = (
    "accounts", "account_prefix", "journal", "period_from", "period_to", "amount_min", "amount_max", "side",
)  # fmt: skip
LINE = """
    l.position AS line, e.journal, e.number AS entry, e.posted_on, l.account, l.amount,
    coalesce(nullif(l.description, ''), e.description) AS description, l.reference, l.party"""
"""SQL: a line as people look it up in the books, of `FOUND` or the like."""


def parameters(ledger_id: int, filter: dict[str, object]) -> dict[str, object]:
    """Those of `FOUND`. What a filter does not name lets every line pass."""
    return {"ledger": ledger_id, **{name: filter.get(name) for name in FIELDS}}
