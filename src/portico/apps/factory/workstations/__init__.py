"""Workstations."""
