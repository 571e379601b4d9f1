"""The reference application: items and users, and each capability of the kernel shown on them in one small file."""
