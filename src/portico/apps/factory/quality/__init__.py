"""Inspections and nonconformances."""
