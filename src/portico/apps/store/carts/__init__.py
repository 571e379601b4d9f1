"""Carts: one line per product, changed only by their owner or staff."""
