"""Freezes and their overrides."""
