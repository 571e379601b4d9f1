"""Portico: one production backend, five business applications under one roof."""
