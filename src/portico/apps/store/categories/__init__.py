"""Categories, which group products."""
