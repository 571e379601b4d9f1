"""What there is to do at a workstation."""
