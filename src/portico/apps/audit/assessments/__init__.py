"""What was found of requirements, and its export."""
