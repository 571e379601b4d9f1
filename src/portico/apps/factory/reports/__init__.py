"""What operators report."""
