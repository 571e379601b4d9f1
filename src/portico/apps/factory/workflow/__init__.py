"""The workflow log."""
