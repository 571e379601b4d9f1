"""Why things are scrapped."""
