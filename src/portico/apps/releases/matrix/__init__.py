"""What runs where, now and at any time."""
