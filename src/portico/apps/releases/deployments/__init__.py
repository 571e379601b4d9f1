"""Deployments, from the request to the end."""
