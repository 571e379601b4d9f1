"""The same shop as other teams would write it."""
