"""Users of the reference application."""
