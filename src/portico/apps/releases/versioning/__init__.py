"""What the next version of a service is, by its commits."""
