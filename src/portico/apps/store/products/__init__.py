"""Products: what the store sells."""
