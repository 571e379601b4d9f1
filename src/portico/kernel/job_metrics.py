"""Numbers of the jobs. The worker beside a server counts into the server's `/metrics`."""

from prometheus_client import Counter, Histogram

SECONDS = (0.01, 0.05, 0.25, 1, 5, 15, 60, 300)

jobs_total = Counter("jobs_total", "Tries of jobs, by what came of them.", ("job", "outcome"))
job_seconds = Histogram("job_duration_seconds", "Time of one try.", ("job",), buckets=SECONDS)


def count_job(job: str, outcome: str, seconds: float) -> None:
    jobs_total.labels(job, outcome).inc()
    job_seconds.labels(job).observe(seconds)
