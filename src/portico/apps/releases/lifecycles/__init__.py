"""Lifecycles: the phases that a release goes through on its way to production."""
