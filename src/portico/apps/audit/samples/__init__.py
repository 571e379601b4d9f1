"""Samples: planned, drawn, evaluated."""
