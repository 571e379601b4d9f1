"""Releases and their changes."""
