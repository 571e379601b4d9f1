"""What checks and tests of ledgers bring up, until somebody decides."""
