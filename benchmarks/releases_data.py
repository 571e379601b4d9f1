"""Two years of 50 services in 10 environments: 100,000 deployments, with all that belongs to them.

PostgreSQL makes the rows itself, from one seed: the same each time.
"""

from benchmarks.one_app import fill_by
from portico.identity.public import hash_now

SERVICES, ENVIRONMENTS, RELEASES, CHANGES, DAYS = 50, 10, 200, 8, 730
PASSWORD = "a password of the benchmark"
EMAIL = "manager@example.com"

# The types of the ten environments, by rank: four releases in ten end before production.
TYPES = ("dev", "dev", "dev", "test", "test", "test", "staging", "staging", "production", "production")

STATEMENTS = (
    "SELECT setseed(0.42)",
    """INSERT INTO releases.users (email, username, role, pwd_hash)
        SELECT CASE WHEN i = 1 THEN %(email)s ELSE 'u' || i || '@example.com' END, 'u' || i, 'release_manager',
            %(pwd_hash)s FROM generate_series(1, 20) i""",
    "INSERT INTO releases.teams (name) SELECT 'team-' || i FROM generate_series(1, 10) i",
    "INSERT INTO releases.groups (name) VALUES ('Board')",
    "INSERT INTO releases.group_members SELECT 1, i FROM generate_series(1, 20) i",
    "INSERT INTO releases.lifecycles (name) VALUES ('Standard')",
    """INSERT INTO releases.environments (name, type, rank, is_protected)
        SELECT kind || '-' || rank, kind, rank, kind = 'production'
        FROM unnest(%(types)s::text[]) WITH ORDINALITY AS given (kind, rank)""",
    """INSERT INTO releases.approval_rules (name, environment_type, group_id) VALUES ('The board', 'production', 1)""",
    """INSERT INTO releases.services (name, team_id, lifecycle_id)
        SELECT 'service-' || lpad(i::text, 2, '0'), 1 + i %% 10, 1 FROM generate_series(1, %(services)s) i""",
    # Each service publishes about every third day; 1.1.0, 1.2.0 and so on.
    """INSERT INTO releases.releases (service_id, semver, precedence, git_sha, created_by, created_at)
        SELECT s, '1.' || n || '.0', '011 ' || lpad(length(n::text)::text, 2, '0') || n || ' 010 ~', md5(s || ':' || n),
            1 + n %% 20, now() - (%(days)s - (n - 1) * %(days)s / %(releases)s::float8) * interval '1 day'
                + s * interval '17 minutes'
        FROM generate_series(1, %(releases)s) n, generate_series(1, %(services)s) s ORDER BY n, s""",
    """INSERT INTO releases.changes (release_id, position, sha, kind, subject, author, committed_at)
        SELECT r.id, p, md5(r.id || ':' || p), 'feat', 'A change', 'u1', r.created_at - random() * interval '3 days'
        FROM releases.releases r, generate_series(1, %(changes)s) p ORDER BY r.id, p""",
    """UPDATE releases.releases SET state = 'published', content_hash = md5(id::text), published_at = created_at""",
    # What does not go to production is deployed to dev once more, so that there are 100,000.
    """INSERT INTO releases.deployments (service_id, release_id, environment_id, requester_id, state, content_hash,
            created_at, queued_at, started_at, ended_at, agent)
        SELECT service_id, id, environment_id, 1 + id %% 20,
            CASE WHEN random() < 0.05 THEN 'failed' ELSE 'succeeded' END, content_hash, at, at, at,
            at + interval '5 minutes', 'agent'
        FROM (SELECT r.*, CASE WHEN e > 8 AND (r.id + r.id / 50) %% 10 < 4 THEN e - 8 ELSE e END AS environment_id,
                  published_at + e * interval '3 hours' + random() * interval '1 hour' AS at
              FROM releases.releases r, generate_series(1, 10) e) AS planned ORDER BY at""",
    """UPDATE releases.deployments d SET previous_id = p.before FROM (
        SELECT id, lag(id) OVER (PARTITION BY service_id, environment_id ORDER BY ended_at) AS before
        FROM releases.deployments WHERE state = 'succeeded'
    ) AS p WHERE p.id = d.id""",
    """INSERT INTO releases.status_changes (deployment_id, at, action, before, after, by, by_name)
        SELECT d.id, d.created_at, step.action, step.before, coalesce(step.after, d.state), 1, 'u1'
        FROM releases.deployments d, (VALUES
            (1, 'request', NULL, 'requested'), (2, 'queue', 'requested', 'queued'), (3, 'claim', 'queued', 'running'),
            (4, 'succeed', 'running', NULL)
        ) AS step (number, action, before, after) ORDER BY d.id, step.number""",
    """INSERT INTO releases.approvals (deployment_id, rule_id, rule_version, user_id, decision, content_hash,
            environment_id, expires_at)
        SELECT id, 1, 1, 1 + (requester_id %% 20), 'approved', content_hash, environment_id, ended_at
        FROM releases.deployments WHERE environment_id > 8""",
    # One production deployment in ten breaks something; a third of these is rolled back.
    """INSERT INTO releases.incidents (service_id, environment_id, title, opened_at, deployment_id, attribution,
            needs_intervention, resolved_at)
        SELECT service_id, environment_id, 'It broke', ended_at + interval '1 hour', id, 'the logs say so',
            random() < 0.8, ended_at + interval '1 hour' + random() * interval '10 hours'
        FROM releases.deployments WHERE environment_id > 8 AND state = 'succeeded' AND random() < 0.1""",
    """UPDATE releases.deployments d SET incident_id = i.id, is_rollback = true, rollback_of_id = i.deployment_id
        FROM releases.incidents i WHERE i.id %% 3 = 0 AND d.id = (
            SELECT min(n.id) FROM releases.deployments n WHERE n.service_id = i.service_id
                AND n.environment_id = i.environment_id AND n.id > i.deployment_id)""",
    """INSERT INTO releases.deployments (service_id, release_id, environment_id, requester_id, state, content_hash,
            approval_until)
        SELECT service_id, id, 9, 1, 'awaiting_approval', content_hash, now() + interval '1 day'
        FROM releases.releases ORDER BY id DESC LIMIT 20""",
)


def fill(url: str) -> None:
    """A migrated, empty database gets the rows, and PostgreSQL looks at them."""
    values = {
        "email": EMAIL, "pwd_hash": hash_now(PASSWORD), "types": list(TYPES), "services": SERVICES,
        "releases": RELEASES, "changes": CHANGES, "days": DAYS,
    }  # fmt: skip
    fill_by(url, STATEMENTS, values)
