"""One search over runbooks, services, releases, defects and incidents."""
