"""What a scanned code is, and what may be done with it."""
