"""Runbooks and their runs."""
