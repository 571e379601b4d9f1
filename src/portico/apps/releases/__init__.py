"""Releases: what it is for belongs here."""
