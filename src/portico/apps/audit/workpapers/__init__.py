"""What was done and seen, and what follows from it."""
