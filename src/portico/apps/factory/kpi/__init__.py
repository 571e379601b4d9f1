"""The key performance indicators of ISO 22400-2: the overall equipment effectiveness, and where its losses are."""
