"""The vault: documents whose bytes never change."""
