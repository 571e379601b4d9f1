"""Registration, log-in, refresh and log-out."""
