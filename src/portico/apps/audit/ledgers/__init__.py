"""Books as they were imported, and what their totals say."""
