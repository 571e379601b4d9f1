"""Engagements: one audit of one client for one period."""
