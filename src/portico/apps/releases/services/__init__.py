"""Services and their channels."""
