"""Users, their badges and PINs, their sessions and API keys."""
