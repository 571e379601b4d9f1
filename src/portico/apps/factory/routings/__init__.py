"""Routings: how something is made, step by step."""
