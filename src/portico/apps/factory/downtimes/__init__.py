"""Downtimes and shifts."""
