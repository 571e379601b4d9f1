"""Work orders and their operations."""
