"""Which lots went into which."""
