"""The SQL of a sync, for each kind: the same few statements for one entry and for a thousand.

What is sent arrives as one JSON value. Rows that are there are locked first, in the order of their ids, so that what
an upsert keeps of them cannot change in between; those that are new are written in the order of their codes.
"""

from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True, kw_only=True)
class Parent:
    """Where an entry says by a code what it belongs to."""

    field: str
    kind: str
    table: LiteralString

    @property
    def lock(self) -> LiteralString:
        """Together with others who refer to them: they are neither deleted nor changed until the end."""
        return f"SELECT code, deleted_at FROM factory.{self.table} WHERE code = ANY(%(codes)s) ORDER BY id FOR SHARE"


@dataclass(frozen=True, kw_only=True)
class Noun:
    kind: str
    table: LiteralString
    upsert: LiteralString
    parents: tuple[Parent, ...] = ()
    code: LiteralString = "code"
    """The column of the code."""
    kept: LiteralString = ""
    """Finds what stays although something else was sent."""

    @property
    def lock(self) -> LiteralString:
        return f"""
            SELECT id FROM factory.{self.table} WHERE {self.code} = ANY(%(codes)s) ORDER BY id FOR NO KEY UPDATE"""


ARTICLES = Noun(
    kind="article",
    table="articles",
    upsert="""
        INSERT INTO factory.articles AS t (code, name, unit)
        SELECT e.code, coalesce(e.name, old.name, ''), coalesce(e.unit, old.unit, 'pcs')
        FROM jsonb_to_recordset(%(entries)s) AS e(code text, name text, unit text)
        LEFT JOIN factory.articles AS old ON old.code = e.code
        ORDER BY e.code
        ON CONFLICT (company_id, code) DO UPDATE
        SET name = excluded.name, unit = excluded.unit, deleted_at = NULL, version = t.version + 1
        WHERE (t.name, t.unit, t.deleted_at) IS DISTINCT FROM (excluded.name, excluded.unit, NULL)""",
)
PROJECTS = Noun(
    kind="project",
    table="projects",
    upsert="""
        INSERT INTO factory.projects AS t (code, name, customer, due_on)
        SELECT e.code, coalesce(e.name, old.name, ''), coalesce(e.customer, old.customer, ''),
            coalesce(e.due_on, old.due_on)
        FROM jsonb_to_recordset(%(entries)s) AS e(code text, name text, customer text, due_on date)
        LEFT JOIN factory.projects AS old ON old.code = e.code
        ORDER BY e.code
        ON CONFLICT (company_id, code) DO UPDATE
        SET name = excluded.name, customer = excluded.customer, due_on = excluded.due_on, deleted_at = NULL,
            version = t.version + 1
        WHERE (t.name, t.customer, t.due_on, t.deleted_at)
            IS DISTINCT FROM (excluded.name, excluded.customer, excluded.due_on, NULL)""",
)
COMPONENTS = Noun(
    kind="component",
    table="components",
    parents=(Parent(field="project_code", kind="project", table="projects"),),
    upsert="""
        INSERT INTO factory.components AS t (project_id, code, name, quantity)
        SELECT parent.id, e.code, coalesce(e.name, old.name, ''), coalesce(e.quantity, old.quantity, 1)
        FROM jsonb_to_recordset(%(entries)s) AS e(code text, project_code text, name text, quantity integer)
        JOIN factory.projects AS parent ON parent.code = e.project_code
        LEFT JOIN factory.components AS old ON old.code = e.code
        ORDER BY e.code
        ON CONFLICT (company_id, code) DO UPDATE
        SET project_id = excluded.project_id, name = excluded.name, quantity = excluded.quantity, deleted_at = NULL,
            version = t.version + 1
        WHERE (t.project_id, t.name, t.quantity, t.deleted_at)
            IS DISTINCT FROM (excluded.project_id, excluded.name, excluded.quantity, NULL)""",
)
ASSEMBLIES = Noun(
    kind="assembly",
    table="assemblies",
    parents=(Parent(field="component_code", kind="component", table="components"),),
    upsert="""
        INSERT INTO factory.assemblies AS t (component_id, code, name, trolley, cell)
        SELECT parent.id, e.code, coalesce(e.name, old.name, ''), coalesce(e.trolley, old.trolley, ''),
            coalesce(e.cell, old.cell, '')
        FROM jsonb_to_recordset(%(entries)s)
            AS e(code text, component_code text, name text, trolley text, cell text)
        JOIN factory.components AS parent ON parent.code = e.component_code
        LEFT JOIN factory.assemblies AS old ON old.code = e.code
        ORDER BY e.code
        ON CONFLICT (company_id, code) DO UPDATE
        SET component_id = excluded.component_id, name = excluded.name, trolley = excluded.trolley,
            cell = excluded.cell, deleted_at = NULL, version = t.version + 1
        WHERE (t.component_id, t.name, t.trolley, t.cell, t.deleted_at)
            IS DISTINCT FROM (excluded.component_id, excluded.name, excluded.trolley, excluded.cell, NULL)""",
)
ENTRY_OF_PIECE: LiteralString = """jsonb_to_recordset(%(entries)s) AS e(
            code text, assembly_code text, article_code text, outer_length numeric, inner_length numeric,
            left_angle numeric, right_angle numeric, profile text, colour text, material text, trolley text, cell text,
            operations jsonb)"""
OF_THE_CUT = (
    "article_id", "outer_length", "inner_length", "left_angle", "right_angle", "profile", "colour", "material",
)  # fmt: skip
"""What a piece is. It is written as long as the piece is planned; see `projects.service`."""
SENT = {name: "article.id" if name == "article_id" else f"e.{name}" for name in OF_THE_CUT}
_EMPTY = {name: ", ''" for name in ("profile", "colour", "material")}
_VALUES: LiteralString = ", ".join(
    f"""CASE WHEN old.id IS NULL OR old.state = 'planned' THEN coalesce({sent}, old.{name}{_EMPTY.get(name, "")})
            ELSE old.{name} END"""
    for name, sent in SENT.items()
)
_OTHER: LiteralString = " OR ".join(
    f"({sent} IS NOT NULL AND {sent} IS DISTINCT FROM old.{name})" for name, sent in SENT.items()
)
_ALL = ("assembly_id", *OF_THE_CUT, "trolley", "cell", "operations")
PIECES = Noun(
    kind="piece",
    table="pieces",
    code="barcode",
    parents=(
        Parent(field="assembly_code", kind="assembly", table="assemblies"),
        Parent(field="article_code", kind="article", table="articles"),
    ),
    upsert=f"""
        INSERT INTO factory.pieces AS t (barcode, {", ".join(_ALL)})
        SELECT e.code, parent.id, {_VALUES}, coalesce(e.trolley, old.trolley, ''), coalesce(e.cell, old.cell, ''),
            coalesce(e.operations, old.operations, '[]')
        FROM {ENTRY_OF_PIECE}
        JOIN factory.assemblies AS parent ON parent.code = e.assembly_code
        LEFT JOIN factory.articles AS article ON article.code = e.article_code
        LEFT JOIN factory.pieces AS old ON old.barcode = e.code
        ORDER BY e.code
        ON CONFLICT (company_id, barcode) DO UPDATE
        SET {", ".join(f"{name} = excluded.{name}" for name in _ALL)}, deleted_at = NULL, version = t.version + 1
        WHERE ({", ".join(f"t.{name}" for name in _ALL)}, t.deleted_at)
            IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _ALL)}, NULL)""",
    kept=f"""
        SELECT old.barcode AS code FROM {ENTRY_OF_PIECE}
        JOIN factory.pieces AS old ON old.barcode = e.code AND old.state <> 'planned'
        LEFT JOIN factory.articles AS article ON article.code = e.article_code
        WHERE {_OTHER}
        ORDER BY 1""",
)
