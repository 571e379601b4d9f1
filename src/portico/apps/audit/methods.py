"""How one finds out (NIST SP 800-53A)."""

METHODS = ("examine", "interview", "test")
