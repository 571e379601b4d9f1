"""Environments and lifecycles."""
