"""Audit: what it is for belongs here."""
