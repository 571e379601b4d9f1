"""The SQL of the metrics. `docs/dora.md` tells in words what it says.

Nothing is kept: each number is computed from the log, that is from what deployments came to and when, from the changes
of published releases, and from incidents. What a row counts as never depends on the window, which only chooses rows.
"""

_PRODUCTION = "ARRAY(SELECT id FROM releases.environments WHERE type = 'production')"
_SCOPE = """
    (%(service)s::bigint IS NULL OR {row}.service_id = %(service)s)
    AND (%(team)s::bigint IS NULL
         OR {row}.service_id = ANY (ARRAY(SELECT id FROM releases.services WHERE team_id = %(team)s)))"""

# What ended in production, and whether it needed people at once: an incident that is attributed to it says so, or a
# rollback of it, or that it failed and was tried again. Then it is restored when the last such incident is resolved;
# without one, when the next deployment of the service to the environment succeeds.
_ENDED = f"""
    SELECT d.id, d.service_id, d.environment_id, d.release_id, d.state, d.ended_at, d.incident_id,
        d.state IN ('succeeded', 'failed') AS has_run, i.incidents, i.is_open, i.resolved_at,
        (SELECT min(f.id) FROM releases.deployments f WHERE f.rollback_of_id = d.id AND f.started_at IS NOT NULL)
            AS rolled_back_by,
        CASE WHEN d.state = 'failed' THEN
            (SELECT min(f.id) FROM releases.deployments f WHERE f.retry_of_id = d.id AND f.started_at IS NOT NULL)
        END AS retried_by
    FROM releases.deployments d
    LEFT JOIN LATERAL (
        SELECT array_agg(id ORDER BY id) AS incidents, bool_or(resolved_at IS NULL) AS is_open,
            max(resolved_at) AS resolved_at
        FROM releases.incidents WHERE deployment_id = d.id AND needs_intervention
    ) AS i ON true
    WHERE d.ended_at >= %(start)s AND d.ended_at < %(end)s AND d.environment_id = ANY ({_PRODUCTION})
        AND {_SCOPE.format(row="d")}"""
_FAILED = f"""
    SELECT e.*, has_run AND (incidents IS NOT NULL OR rolled_back_by IS NOT NULL OR retried_by IS NOT NULL) AS needed,
        date_trunc(%(bucket)s, ended_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS bucket
    FROM ({_ENDED}) AS e"""
_JUDGED = f"""
    SELECT f.*, CASE WHEN NOT needed THEN NULL WHEN incidents IS NULL THEN (
            SELECT n.ended_at FROM releases.deployments n
            WHERE n.environment_id = f.environment_id AND n.service_id = f.service_id AND n.state = 'succeeded'
                AND n.ended_at > f.ended_at ORDER BY n.ended_at LIMIT 1
        ) WHEN is_open THEN NULL ELSE resolved_at END AS restored_at
    FROM ({_FAILED}) AS f"""

NOT_RESTORED = "not restored yet"
RESTORED_BEFORE = "its incidents were resolved before it had ended"
_UNRECOVERED = f"""
    CASE WHEN restored_at IS NULL THEN '{NOT_RESTORED}' WHEN restored_at < ended_at THEN '{RESTORED_BEFORE}' END"""

DEPLOYMENTS = f"""
    SELECT bucket, count(*) FILTER (WHERE has_run) AS deployments,
        count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
        count(DISTINCT (ended_at AT TIME ZONE 'UTC')::date) FILTER (WHERE state = 'succeeded') AS days,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE state = 'rejected') AS rejected,
        count(*) FILTER (WHERE state = 'expired') AS expired,
        count(*) FILTER (WHERE needed) AS needed,
        count(*) FILTER (WHERE has_run AND incident_id IS NOT NULL) AS unplanned,
        count(*) FILTER (WHERE needed AND restored_at >= ended_at) AS recovered,
        count(*) FILTER (WHERE needed AND restored_at IS NULL) AS unrestored,
        count(*) FILTER (WHERE needed AND restored_at < ended_at) AS restored_before,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM restored_at - ended_at)::float8)
            FILTER (WHERE needed AND restored_at >= ended_at) AS recovery
    FROM ({_JUDGED}) AS j GROUP BY GROUPING SETS ((bucket), ())"""

# A release contains what it lists, and what those list that were published before it and sort below it. So a release
# has come with the first deployment of one that contains it. Of those that were published with it or later, the first
# to run nearly always does; only where it does not, since it is of an older line, each of them is looked at.
_DELIVERIES = f"""
    WITH ran AS MATERIALIZED (
        SELECT n.*, row_number() OVER (ORDER BY ended_at, deployment_id) AS turn FROM (
            SELECT DISTINCT ON (d.release_id) d.release_id, d.id AS deployment_id, d.environment_id, d.ended_at
            FROM releases.deployments d
            WHERE d.state = 'succeeded' AND d.environment_id = ANY ({_PRODUCTION}) AND d.ended_at < %(end)s
                AND {_SCOPE.format(row="d")}
            ORDER BY d.release_id, d.ended_at, d.id
        ) AS n
    ), came AS MATERIALIZED (
        SELECT r.id, r.service_id, r.semver, r.precedence, r.published_at, r.is_imported,
            min(ran.turn) OVER (PARTITION BY r.service_id ORDER BY r.published_at DESC) AS turn
        FROM releases.releases r LEFT JOIN ran ON ran.release_id = r.id
        WHERE r.published_at < %(end)s AND {_SCOPE.format(row="r")}
    ), settled AS MATERIALIZED (
        SELECT came.*, CASE WHEN quick.precedence >= came.precedence THEN came.turn ELSE (
            SELECT min(ran.turn) FROM ran JOIN releases.releases later ON later.id = ran.release_id
            WHERE later.service_id = came.service_id AND later.precedence >= came.precedence
                AND later.published_at >= came.published_at
        ) END AS first
        FROM came JOIN ran ON ran.turn = came.turn JOIN releases.releases quick ON quick.id = ran.release_id
    ), delivered AS MATERIALIZED (
        SELECT settled.*, ran.release_id AS by_release, ran.deployment_id, ran.environment_id, ran.ended_at
        FROM settled JOIN ran ON ran.turn = settled.first
    )"""

NO_COMMIT_TIME = "it is not known when it was committed"
IMPORTED = "it was imported, and may have run before there was a log"
RAN_BEFORE = "another release had brought it before"
COMMITTED_LATER = "it says it was committed after it ran"
_RAN_BEFORE = """
    c.sha <> '' AND c.sha IN (SELECT sha FROM releases.changes GROUP BY sha HAVING count(*) > 1) AND EXISTS (
        SELECT FROM releases.changes same JOIN delivered AS other ON other.id = same.release_id
        WHERE same.sha = c.sha AND same.release_id <> c.release_id AND other.service_id = d.service_id
            AND (other.ended_at, other.id) < (d.ended_at, d.id)
    )"""
_LED = f"""
    SELECT c.release_id, c.position, c.sha, c.subject, c.committed_at, d.service_id, d.semver, d.deployment_id,
        d.environment_id, d.ended_at,
        date_trunc(%(bucket)s, d.ended_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS bucket,
        extract(epoch FROM d.ended_at - c.committed_at)::float8 AS seconds,
        CASE WHEN c.committed_at IS NULL THEN '{NO_COMMIT_TIME}'
            WHEN d.is_imported AND d.by_release <> d.id THEN '{IMPORTED}'
            WHEN {_RAN_BEFORE} THEN '{RAN_BEFORE}'
            WHEN c.committed_at > d.ended_at THEN '{COMMITTED_LATER}' END AS excluded
    FROM delivered AS d JOIN releases.changes c ON c.release_id = d.id WHERE d.ended_at >= %(start)s"""

CHANGES = f"""
    {_DELIVERIES}
    SELECT bucket, count(*) FILTER (WHERE excluded IS NULL) AS changes,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE excluded IS NULL) AS lead_time,
        count(*) FILTER (WHERE excluded = '{NO_COMMIT_TIME}') AS no_commit_time,
        count(*) FILTER (WHERE excluded = '{IMPORTED}') AS imported,
        count(*) FILTER (WHERE excluded = '{RAN_BEFORE}') AS ran_before,
        count(*) FILTER (WHERE excluded = '{COMMITTED_LATER}') AS committed_later
    FROM ({_LED}) AS l GROUP BY GROUPING SETS ((bucket), ())"""

ROWS_OF_CHANGES = f"""
    {_DELIVERIES}
    SELECT l.ended_at AS at, l.release_id AS first_key, l.position AS second_key, l.service_id, s.name AS service,
        l.environment_id, e.name AS environment, l.deployment_id, l.release_id, l.semver AS version,
        'succeeded' AS state, l.sha, l.subject, l.committed_at, NULL AS restored_at,
        '{{}}'::bigint[] AS incidents, NULL AS incident_id,
        l.excluded IS NULL AS is_counted, l.excluded, CASE WHEN l.excluded IS NULL THEN l.seconds END AS seconds,
        'deployment ' || l.deployment_id || ' was the first to bring it into production' AS why
    FROM (
        SELECT * FROM ({_LED}) AS every
        WHERE %(at)s::timestamptz IS NULL OR (ended_at, release_id, position) < (%(at)s, %(first)s, %(second)s)
        ORDER BY ended_at DESC, release_id DESC, position DESC LIMIT %(limit)s
    ) AS l JOIN releases.services s ON s.id = l.service_id JOIN releases.environments e ON e.id = l.environment_id
    ORDER BY l.ended_at DESC, l.release_id DESC, l.position DESC"""

_WHY = """
    nullif(concat_ws('; ',
        'incidents ' || array_to_string(j.incidents, ', '), 'rolled back by deployment ' || j.rolled_back_by,
        'failed, and tried again by deployment ' || j.retried_by, 'made because of incident ' || j.incident_id), '')"""
_NOT_RUN = "CASE WHEN NOT j.has_run THEN j.state || ', so it never ran' END"


def rows_of_deployments(*, among: str, counted: str, excluded: str, seconds: str = "NULL::float8") -> str:
    """Those deployments `among` which the number is looked for, and what each of them counts as."""
    return f"""
        SELECT j.ended_at AS at, j.id AS first_key, 0 AS second_key, j.service_id, s.name AS service,
            j.environment_id, e.name AS environment, j.id AS deployment_id, j.release_id, r.semver AS version, j.state,
            NULL AS sha, NULL AS subject, NULL AS committed_at, j.restored_at,
            coalesce(j.incidents, '{{}}') AS incidents, j.incident_id, {counted} AS is_counted, {excluded} AS excluded,
            {seconds} AS seconds, {_WHY} AS why
        FROM ({_JUDGED}) AS j JOIN releases.services s ON s.id = j.service_id
        JOIN releases.environments e ON e.id = j.environment_id JOIN releases.releases r ON r.id = j.release_id
        WHERE {among} AND (%(at)s::timestamptz IS NULL OR (j.ended_at, j.id) < (%(at)s, %(first)s::bigint))
        ORDER BY j.ended_at DESC, j.id DESC LIMIT %(limit)s"""


ROWS = {
    "change_lead_time": ROWS_OF_CHANGES,
    "deployment_frequency": rows_of_deployments(
        among="true", counted="j.state = 'succeeded'",
        excluded=f"CASE WHEN j.state = 'failed' THEN 'it failed' ELSE {_NOT_RUN} END",
    ),
    "failed_deployment_recovery_time": rows_of_deployments(
        among="j.needed", counted="coalesce(j.restored_at >= j.ended_at, false)", excluded=_UNRECOVERED,
        seconds="CASE WHEN j.restored_at >= j.ended_at THEN extract(epoch FROM j.restored_at - j.ended_at)::float8 END",
    ),
    "change_fail_rate": rows_of_deployments(among="true", counted="j.needed", excluded=_NOT_RUN),
    "deployment_rework_rate": rows_of_deployments(
        among="true", counted="j.has_run AND j.incident_id IS NOT NULL", excluded=_NOT_RUN
    ),
}  # fmt: skip
"""Each with a place for a cursor: the newest come first."""

EXISTS = """
    SELECT (%(service)s::bigint IS NULL OR EXISTS (SELECT FROM releases.services WHERE id = %(service)s))
        AND (%(team)s::bigint IS NULL OR EXISTS (SELECT FROM releases.teams WHERE id = %(team)s)) AS found"""
