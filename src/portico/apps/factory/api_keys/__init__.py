"""The company's API keys, by which programs sync."""
