"""What is done to find out."""
