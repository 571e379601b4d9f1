"""Of releases a row of everything that lists show, n times: what is first has n of whatever belongs to it."""

MANY = 100

RELEASES = """
    INSERT INTO releases.users (username, email, pwd_hash, role)
        SELECT 'u' || i, 'u' || i || '@example.com', %(pwd_hash)s, 'admin' FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.users (username, email, pwd_hash, role)
        VALUES ('visitor', 'visitor@example.com', %(pwd_hash)s, 'release_manager');
    INSERT INTO releases.sessions (id, user_id, created_at, rotated_at, expires_at, address, user_agent)
        SELECT gen_random_uuid(), 1, now(), now(), now() + interval '1 day', '', '' FROM generate_series(2, %(n)s);
    INSERT INTO releases.api_keys (id, user_id, name, digest, hint, scopes, created_at, expires_at)
        SELECT gen_random_uuid(), 1, 'k', int4send(i), '', '{}', now(), now() + interval '1 day'
        FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.teams (name) SELECT 't' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.groups (name) SELECT 'g' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.team_members SELECT 1, i FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.group_members SELECT 1, i FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.environments (name, type, rank, is_protected, required_gates)
        SELECT 'e' || i, 'production', i, true, ARRAY['gate1'] FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.lifecycles (name) SELECT 'l' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.phases (lifecycle_id, position, name) SELECT 1, i, 'p' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.phases (lifecycle_id, position, name) SELECT i, 1, 'p' FROM generate_series(2, %(n)s) i;
    INSERT INTO releases.phase_environments SELECT id, position FROM releases.phases;
    INSERT INTO releases.services (name, team_id, lifecycle_id) SELECT 's' || i, 1, 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.channels (service_id, position, name, version_range, lifecycle_id)
        SELECT 1, i, 'c' || i, '*', i FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.releases (service_id, semver, precedence, git_sha)
        SELECT 1, '1.0.' || i, lpad(i::text, 9, '0') || ' ~', 'sha' FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.changes (release_id, position, sha, subject)
        SELECT 1, i, 'sha' || i, 'change ' || i FROM generate_series(1, %(n)s) i;
    UPDATE releases.releases SET state = 'published', content_hash = 'x', published_at = now(), published_by = 1;
    INSERT INTO releases.approval_rules (name, environment_id, group_id)
        SELECT 'r' || i, 1, 1 FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.deployments (service_id, release_id, environment_id, requester_id, state, content_hash,
                                      queued_at, started_at, ended_at)
        SELECT 1, 1, i, 1, 'succeeded', 'x', now() - interval '3 h', now() - interval '2 h', now() - interval '1 h'
        FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.approvals (deployment_id, rule_id, rule_version, user_id, decision, content_hash,
                                    environment_id, expires_at)
        SELECT 1, i, 1, i, 'approved', 'x', 1, now() + interval '1 day' FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.stages (deployment_id, number, name, started_at)
        SELECT 1, i, 'stage', now() FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.status_changes (deployment_id, at, action, after)
        SELECT 1, now(), 'queue', 'queued' FROM generate_series(1, %(n)s);
    INSERT INTO releases.freezes (name, reason, starts_at, ends_at, recurrence, duration_minutes)
        SELECT 'f' || i, 'reason', '2028-01-01Z', '2028-01-01Z'::timestamptz + %(n)s * interval '1 day',
               'FREQ=DAILY', 60 FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.freeze_overrides (freeze_id, deployment_id, user_id, reason)
        SELECT 1, i, 1, 'reason' FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.gates (release_id, name, status, updated_at)
        SELECT 1, 'gate' || i, 'passed', now() FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.defects (release_id, title) SELECT 1, 'd' || i FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.incidents (service_id, environment_id, title, opened_at, deployment_id, attribution)
        SELECT 1, 1, 'i' || i, now(), 1, 'reason' FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.runbooks (title, steps) SELECT 'pump ' || i, '[]' FROM generate_series(1, %(n)s) i;
    INSERT INTO releases.runbook_runs (runbook_id, edition, steps, incident_id, deployment_id)
        SELECT 1, 1, '[]', 1, 1 FROM generate_series(1, %(n)s);
    INSERT INTO releases.hook_deliveries (source, delivery_id, event, outcome)
        SELECT 'github', 'd' || i, 'deployment_status', 'ignored' FROM generate_series(1, %(n)s) i;
    INSERT INTO portico_queue.procrastinate_jobs (queue_name, task_name)
        VALUES ('releases.default', 'releases.import_git');
    INSERT INTO portico.jobs (id, app, name, owner) VALUES (1, 'releases', 'releases.import_git', '1');
    INSERT INTO releases.git_imports (job_id, service_id, source, user_id, owner, user_name, address)
        VALUES (1, 1, 'https://example.com/x.git', 1, '1', 'u1', '');
    INSERT INTO portico.notifications (app, user_key, topic, title, body, data, is_shown)
        SELECT 'releases', '1', 't', 't', '', '{}', true FROM generate_series(1, %(n)s);
    INSERT INTO portico.event_log (app, actor, actor_name, address, action, object, details)
        SELECT 'releases', '', '', '', 'a', 'release:1', '{}' FROM generate_series(1, %(n)s);
    INSERT INTO portico.webhook_endpoints (id, app, owner, url, topics)
        SELECT lpad(to_hex(i), 32, '0')::uuid, 'releases', '1', 'https://example.com', '{*}'
        FROM generate_series(1, %(n)s) i;
    INSERT INTO portico.webhook_deliveries (app, endpoint_id, event_id, topic, key, payload, happened_at, next_at)
        SELECT 'releases', lpad('1', 32, '0')::uuid, i, 't', 'k', '{}', now(), now() FROM generate_series(1, %(n)s) i
    """

_API = "/api/v1"
_LISTS = (
    "approval-rules", "approvals", "audit-logs", "deployments", "freezes", "groups", "hooks/deliveries", "incidents",
    "releases", "runbook-runs", "runbooks", "services", "teams",
)  # fmt: skip
_IN_2028 = "?from=2028-01-01T00:00Z&to=2028-12-01T00:00Z"
PATHS = {
    **{f"{_API}/{name}": f"{_API}/{name}?limit={MANY}" for name in _LISTS},
    **{
        f"{_API}/releases/{{release_id}}/{name}": f"{_API}/releases/1/{name}?limit={MANY}"
        for name in ("changes", "defects", "deployments", "history")
    },
    f"{_API}/freezes/{{freeze_id}}/occurrences": f"{_API}/freezes/1/occurrences{_IN_2028}",
    f"{_API}/metrics/dora/rows": f"{_API}/metrics/dora/rows?metric=deployment_frequency&limit={MANY}",
    f"{_API}/users": f"{_API}/users?limit={MANY}&role=admin",  # not the one who visits the pages
    f"{_API}/search": f"{_API}/search?q=pump&limit={MANY}",
    "/pages/dora/rows": "/pages/dora/rows?metric=deployment_frequency",
}
"""What a list needs to show all it has."""
