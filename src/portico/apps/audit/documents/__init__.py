"""Uploads, and what is extracted from them."""
