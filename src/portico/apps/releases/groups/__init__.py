"""Groups of people who approve together."""
