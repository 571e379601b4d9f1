"""Lots: what is on hand, where it came from and where it went."""
