"""What is wrong, and what becomes of it."""
