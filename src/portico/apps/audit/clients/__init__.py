"""The companies that are audited."""
