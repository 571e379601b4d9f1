"""How one finds out (NIST SP 800-53A)."""

METHODS = ("examine", "interview", "test")
METHOD_CHOICES = [(method, method.capitalize()) for method in METHODS]
"""As a form offers them."""
