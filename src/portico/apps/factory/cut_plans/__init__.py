"""Cut plans."""
