"""What the client is asked for."""
