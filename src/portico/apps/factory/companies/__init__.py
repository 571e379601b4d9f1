"""Companies: the tenants, each with its own time zone."""
