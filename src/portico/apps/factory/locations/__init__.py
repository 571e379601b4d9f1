"""Locations: where lots lie."""
