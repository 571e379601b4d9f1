"""Log-in, verification and refresh."""
