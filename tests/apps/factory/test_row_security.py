"""Row-level security from below: what a company's rows are to whoever does not work for it, in plain SQL.

The connections here are those that requests use: of the role `portico_app`. What the application would ask is left out
on purpose: nothing of it stands between one company and another.
"""

from collections.abc import Iterator
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.types.json import Jsonb

from portico.kernel.database import connection_options
from portico.kernel.migrations import upgrade
from tests.apps.factory.everything import fill, tables
from tests.databases import Databases

OURS, THEIRS = uuid4(), uuid4()
REFUSED = (errors.InsufficientPrivilege, errors.RaiseException, errors.UniqueViolation, errors.ForeignKeyViolation)
TENANTS = {"unset": None, "empty": "", "another's": str(OURS), "nobody's": str(uuid4())}


@pytest.fixture(scope="module")
def url(databases: Databases, worker_id: str) -> Iterator[str]:
    """A database with one row of each of two companies in every table."""
    url = databases.clone("empty", upgrade, worker=worker_id)
    with psycopg.connect(url) as owner:
        owner.execute("INSERT INTO factory.companies (id, name) VALUES (%s, 'ours'), (%s, 'theirs')", [OURS, THEIRS])
    fill(url, OURS, number=555, mark="ours")
    fill(url, THEIRS, number=777, mark="theirs")
    yield url
    databases.drop(url)


def asked(url: str, statement: LiteralString, *params: Any) -> list[tuple[Any, ...]]:
    """What a superuser is answered, who sees everything."""
    with psycopg.connect(url) as owner:
        return owner.execute(statement, params).fetchall()


def as_app(url: str, tenant: str | None) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, options=connection_options({}))
    if tenant is not None:
        connection.execute("SELECT set_config('app.tenant', %s, true)", [tenant])
    return connection


def of(table: str, template: LiteralString) -> sql.Composed:
    key = sql.Identifier("id" if table == "companies" else "company_id")
    return sql.SQL(template).format(table=sql.Identifier("factory", table), key=key)


def changed(connection: psycopg.Connection[Any], statement: sql.Composed, *params: Any) -> int:
    """How many rows a statement has touched; none, where the role may not even try."""
    try:
        with connection.transaction():
            return connection.execute(statement, params).rowcount
    except errors.InsufficientPrivilege:
        return 0


def test_every_table_has_a_row_of_each_company(url: str) -> None:
    """Else what follows would prove nothing of it."""
    for table in tables(url):
        with psycopg.connect(url) as owner:
            found = owner.execute(of(table, "SELECT {key} FROM {table}")).fetchall()
        assert {OURS, THEIRS} <= {key for (key,) in found}, table


@pytest.mark.parametrize("tenant", TENANTS.values(), ids=TENANTS.keys())
def test_nobody_else_sees_or_changes_a_row(url: str, tenant: str | None) -> None:
    with as_app(url, tenant) as connection:
        for table in tables(url):
            seen = connection.execute(of(table, "SELECT {key} FROM {table}")).fetchall()
            expected = {OURS} if tenant == str(OURS) else set()
            assert {key for (key,) in seen} == expected, table
            theirs = of(table, "SELECT count(*) FROM {table} WHERE {key} = %s")
            assert connection.execute(theirs, [THEIRS]).fetchone() == (0,), table
            for statement in (
                of(table, "UPDATE {table} SET {key} = {key} WHERE {key} = %s"),
                of(table, "DELETE FROM {table} WHERE {key} = %s"),
            ):
                assert changed(connection, statement, THEIRS) == 0, table
        connection.rollback()


def test_nobody_locks_or_copies_or_empties_what_is_not_theirs(url: str) -> None:
    with as_app(url, str(OURS)) as connection:
        for table in tables(url):
            assert changed(connection, of(table, "SELECT FROM {table} WHERE {key} = %s FOR UPDATE"), THEIRS) == 0
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(of(table, "TRUNCATE {table}"))
            with connection.transaction(), connection.cursor().copy(of(table, "COPY {table} TO STDOUT")) as copy:
                assert b"theirs" not in b"".join(bytes(part) for part in copy), table


@pytest.mark.parametrize("tenant", TENANTS.values(), ids=TENANTS.keys())
def test_nobody_writes_a_row_for_another_company(url: str, tenant: str | None) -> None:
    """Their own row once more, word for word: the policy is asked before any key is."""
    with as_app(url, tenant) as connection, psycopg.connect(url) as owner:
        for table in tables(url):
            row = owner.execute(of(table, "SELECT to_jsonb(t) FROM {table} AS t WHERE {key} = %s"), [THEIRS]).fetchone()
            copied = of(
                table,
                "INSERT INTO {table} OVERRIDING SYSTEM VALUE"
                " SELECT * FROM jsonb_populate_record(NULL::{table}, %s::jsonb)",
            )
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(copied, [Jsonb(row and row[0])])
        connection.rollback()


def test_no_row_moves_to_another_company(url: str) -> None:
    with as_app(url, str(OURS)) as connection:
        for table in tables(url):
            with pytest.raises(errors.Error) as caught, connection.transaction():
                connection.execute(of(table, "UPDATE {table} SET {key} = %s"), [THEIRS])
            assert isinstance(caught.value, REFUSED), table
        connection.rollback()


def test_the_name_of_the_tenant_is_gone_with_its_transaction(url: str) -> None:
    with as_app(url, str(THEIRS)) as connection:
        assert connection.execute("SELECT count(*) FROM factory.users").fetchone() == (1,)
        connection.commit()
        assert connection.execute("SELECT count(*) FROM factory.users").fetchone() == (0,)


@pytest.mark.parametrize("text", ["%", "' OR true --", "00000000", "null", "*"])
def test_what_is_no_name_of_a_tenant_is_an_error_and_no_rows(url: str, text: str) -> None:
    with as_app(url, text) as connection, pytest.raises(errors.InvalidTextRepresentation):
        connection.execute("SELECT count(*) FROM factory.users")


# The doors


def test_the_doors_are_these_and_tell_no_more(url: str) -> None:
    doors = asked(url, """
        SELECT p.oid::regprocedure::text, p.prosecdef, coalesce(p.proconfig::text, ''),
            has_function_privilege('public', p.oid, 'EXECUTE')
        FROM pg_proc AS p WHERE p.pronamespace = 'factory'::regnamespace AND p.prosecdef ORDER BY 1""")  # fmt: skip
    assert {name: config for name, _, config, _ in doors} == dict.fromkeys(
        ("factory.book()", "factory.companies_for(uuid)", "factory.company_ids()", "factory.company_of_account(text)",
         "factory.company_of_badge(uuid,uuid)"),
        "{search_path=pg_catalog}",
    )  # fmt: skip
    assert {name for name, _, _, is_public in doors if is_public} <= {"factory.book()"}  # a trigger: nobody calls it
    with as_app(url, str(OURS)) as connection:
        (session,) = asked(url, "SELECT id FROM factory.sessions WHERE company_id = %s", THEIRS)
        (guid,) = asked(url, "SELECT guid FROM factory.users WHERE company_id = %s", THEIRS)
        (station,) = asked(url, "SELECT guid FROM factory.workstations WHERE company_id = %s", OURS)
        for statement, params, answer in (
            ("SELECT count(*) FROM factory.companies_for(%s)", [session[0]], 0),
            ("SELECT count(*) FROM factory.companies_for(%s)", [uuid4()], 0),
            ("SELECT factory.company_of_badge(%s, %s)", [guid[0], station[0]], None),
            ("SELECT factory.company_of_account(%s)", ["%"], None),
            ("SELECT factory.company_of_account(%s)", [None], None),
        ):
            assert connection.execute(statement, params).fetchone() == (answer,), statement


def test_the_door_to_all_companies_opens_for_the_session_of_a_system_administrator_alone(url: str) -> None:
    def opens(**change: Any) -> bool:
        with psycopg.connect(url) as owner:
            session = uuid4()
            values = {"role": "SystemAdmin", "is_active": True, "deleted_at": None, "ended_at": None, **change}
            owner.execute(
                """
                WITH made AS (
                    INSERT INTO factory.users (company_id, email, username, role, is_active, deleted_at)
                    VALUES ('00000000-0000-0000-0000-000000000001', %(key)s, %(key)s, %(role)s, %(is_active)s,
                        %(deleted_at)s) RETURNING company_id, id)
                INSERT INTO factory.sessions (company_id, user_id, id, created_at, rotated_at, expires_at, ended_at,
                    address, user_agent)
                SELECT company_id, id, %(session)s, now(), now(), now(), %(ended_at)s, '', '' FROM made""",
                {**values, "session": session, "key": f"{session}@example.com"},
            )
        with as_app(url, None) as connection:
            rows = connection.execute("SELECT id FROM factory.companies_for(%s)", [session]).fetchall()
            return {OURS, THEIRS} <= {key for (key,) in rows}

    assert opens()
    for change in (
        {"role": "CompanyAdmin"}, {"is_active": False}, {"deleted_at": "2026-01-01T00:00Z"},
        {"ended_at": "2026-01-01T00:00Z"},
    ):  # fmt: skip
        assert not opens(**change), change


# The catalogue


def test_every_table_is_behind_a_policy(url: str) -> None:
    """Enabled, forced for the owner too, for reading as for writing: what a revision adds has to have it as well."""
    found = asked(url, """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
            (SELECT array_agg(p.polcmd::text || ' ' || pg_get_expr(p.polqual, p.polrelid) || ' / '
                || pg_get_expr(p.polwithcheck, p.polrelid))
             FROM pg_policy AS p WHERE p.polrelid = c.oid AND 0 = ANY(p.polroles) AND p.polpermissive)
        FROM pg_class AS c WHERE c.relnamespace = 'factory'::regnamespace AND c.relkind IN ('r', 'p')""")  # fmt: skip
    assert len(found) > 30
    for table, is_forced, policies in found:
        key = "id" if table == "companies" else "company_id"
        rule = f"({key} = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
        assert is_forced, table
        assert policies == [f"* {rule} / {rule}"], table


def test_another_policy_has_the_owner_alone_and_only_to_read(url: str) -> None:
    """By it the doors look, and backups."""
    found = asked(url, """
        SELECT p.polcmd, p.polroles = ARRAY[c.relowner], pg_has_role('portico_app', c.relowner, 'MEMBER')
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid WHERE p.polname <> 'tenant'""")  # fmt: skip
    assert set(found) == {("r", True, False)}


def test_no_view_looks_past_the_policies(url: str) -> None:
    found = asked(url, """
        SELECT relname FROM pg_class WHERE relnamespace = 'factory'::regnamespace
        AND (relkind IN ('m', 'f') OR relkind = 'v' AND NOT 'security_invoker=true' = ANY(coalesce(reloptions, '{}')))
        """)  # fmt: skip
    assert found == []


def test_every_reference_between_tables_names_the_company(url: str) -> None:
    """Foreign keys ask no policy. Where identity's has one column, the pair stands beside it."""
    found = asked(url, """
        SELECT k.conrelid::regclass::text, k.confrelid::regclass::text,
            (SELECT array_agg(a.attname::text ORDER BY n.ord) FROM unnest(k.conkey) WITH ORDINALITY AS n (num, ord)
             JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.num),
            (SELECT array_agg(a.attname::text ORDER BY n.ord) FROM unnest(k.confkey) WITH ORDINALITY AS n (num, ord)
             JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.num)
        FROM pg_constraint AS k WHERE k.contype = 'f' AND k.connamespace = 'factory'::regnamespace""")  # fmt: skip
    assert len(found) > 50
    pairs = {(source, tuple(those)) for source, _, those, _ in found}
    for source, target, those, keys in found:
        if target == "factory.companies":
            assert (those, keys) == (["company_id"], ["id"]), source
        elif keys[0] == "company_id":
            assert those[0] == "company_id", (source, those)
        else:
            assert (source, ("company_id", *those)) in pairs, (source, those)


def test_a_row_of_another_company_is_referred_to_by_nothing(url: str) -> None:
    """By who bypasses all policies: the keys themselves refuse it."""
    found = asked(url, """
        SELECT DISTINCT k.conrelid::regclass::text, a.attname::text
        FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[2]
        WHERE k.contype = 'f' AND k.connamespace = 'factory'::regnamespace AND cardinality(k.conkey) = 2
        """)  # fmt: skip
    for table, column in found:
        statement = sql.SQL("UPDATE {} SET {} = 777 WHERE company_id = %s").format(
            sql.Identifier(*table.split(".")), sql.Identifier(column)
        )
        with pytest.raises((errors.IntegrityError, errors.RaiseException)):
            _write_as_owner(url, statement, OURS)


def _write_as_owner(url: str, statement: sql.Composed, company: UUID) -> None:
    with psycopg.connect(url) as owner:
        owner.execute("SELECT set_config('app.tenant', %s, true)", [str(company)])
        owner.execute(statement, [company])


def test_what_is_unique_is_so_within_a_company(url: str) -> None:
    """Where it is not, one company could learn from a refusal what another one has."""
    found = asked(url, """
        SELECT i.indexrelid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'factory'::regnamespace AND i.indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) AND a.attname = 'company_id') ORDER BY 1
        """)  # fmt: skip
    assert [name for (name,) in found] == [
        "factory.api_keys_digest_key", "factory.api_keys_pkey",  # random
        "factory.companies_name_key", "factory.companies_pkey",  # written by a SystemAdmin
        "factory.sessions_pkey",  # random
        "factory.users_email_key",  # one signs in by it before the company is known
        "factory.users_guid_key", "factory.users_pkey",  # random, and the database's own
        "factory.users_username_key",  # as the e-mail address, which it is
        "factory.workstations_guid_key",  # random
    ]  # fmt: skip


def test_every_row_gets_its_company_from_the_transaction(url: str) -> None:
    found = asked(url, """
        SELECT c.relname, pg_get_expr(d.adbin, d.adrelid), a.attnotnull
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'company_id'
        LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'factory'::regnamespace AND c.relkind = 'r'""")  # fmt: skip
    assert {name for name, _, _ in found} == set(tables(url)) - {"companies"}
    for name, default, is_needed in found:
        assert is_needed, name
        assert default == "(NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid", name


def test_the_role_of_requests_owns_nothing_and_is_bound(url: str) -> None:
    assert asked(url, "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = 'portico_app'") == [
        (False, False, False)
    ]
    assert asked(url, "SELECT count(*) FROM pg_class WHERE relowner = 'portico_app'::regrole") == [(0,)]
    assert asked(url, "SELECT has_schema_privilege('portico_app', 'factory', 'CREATE')") == [(False,)]
