"""Numbers of the vault: what the last nightly check has found."""

from prometheus_client import Counter, Gauge

checks_total = Counter("audit_evidence_checks_total", "Versions whose stored bytes were checked.", ("outcome",))
altered_versions = Gauge(
    "audit_evidence_altered", "Versions whose bytes were others, or gone, at the last check.",
    multiprocess_mode="mostrecent",
)  # fmt: skip


def count_check(outcome: str) -> None:
    """`outcome` is intact, altered, missing or unreadable (the store did not answer)."""
    checks_total.labels(outcome).inc()


def show_altered(number: int) -> None:
    altered_versions.set(number)
