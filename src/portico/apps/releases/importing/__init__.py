"""Releases from a repository."""
