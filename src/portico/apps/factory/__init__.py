"""Tracking of made-to-order production."""
