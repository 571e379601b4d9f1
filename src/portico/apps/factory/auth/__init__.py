"""Signing in: by e-mail address and password anywhere, by badge and PIN at a workstation."""
