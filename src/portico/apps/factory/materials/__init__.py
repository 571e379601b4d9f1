"""Materials: what lots are of."""
