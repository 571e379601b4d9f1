"""Accounts, sessions, tokens and passwords. Apps enter by `portico.identity.public` only."""
