"""What samples are drawn from."""
