"""Books that are made up: the same from the same seed, with anomalies whose place is known."""
