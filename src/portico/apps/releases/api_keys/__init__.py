"""API keys of pipelines."""
