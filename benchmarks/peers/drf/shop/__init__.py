"""The shop: one Django app."""
