"""A year that could have been: what the sample data of this app tells."""
