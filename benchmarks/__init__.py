"""The load, the peers and the limit: `python -m benchmarks.run` prints the table."""
