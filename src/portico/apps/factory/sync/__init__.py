"""Bulk upsert of what a planning program knows, by codes."""
