"""What is added to an engagement after it was archived."""
