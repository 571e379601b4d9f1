"""Lines of one ledger against those of another."""
