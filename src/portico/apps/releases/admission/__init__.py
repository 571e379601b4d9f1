"""Whether a deployment may go on: every rule, and what it says."""
