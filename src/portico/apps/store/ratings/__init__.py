"""Ratings: what signed-in users think of a product."""
