"""Releases of a service and the changes in them, and the table of what may become of a release."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from portico.apps.releases.permissions import Action
from portico.apps.releases.tables import ReleasesTable, Row
from portico.kernel.search import vector
from portico.kernel.state_machine import StateMachine, Transition
from portico.kernel.tables import Versioned

STATES = ("draft", "candidate", "published", "blocked", "withdrawn", "archived")
SEALED = ("published", "blocked", "withdrawn", "archived")
"""The states in which a release's content never changes again; a trigger of the database holds it, too."""

DEFECTS = "defects"
"""The permission of what defects alone do: it is no action of anybody's."""


def _needs_commit(release: Any) -> str | None:
    return None if release.git_sha else "It names no commit: set git_sha."


RELEASE_STATES = StateMachine(
    Transition(action="candidate", source={"draft"}, target="candidate", permission=Action.EDIT_DRAFT,
               guards=[_needs_commit]),
    Transition(action="publish", source={"draft", "candidate"}, target="published", permission=Action.PUBLISH,
               guards=[_needs_commit]),
    Transition(action="block", source={"published"}, target="blocked", permission=DEFECTS),
    Transition(action="unblock", source={"blocked"}, target="published", permission=DEFECTS),
    Transition(action="withdraw", source={"published", "blocked"}, target="withdrawn", permission=Action.PUBLISH),
    Transition(action="archive", source={"withdrawn", "published"}, target="archived", permission=Action.PUBLISH),
)  # fmt: skip


class Release(Row, Versioned, ReleasesTable):
    """A version of a service. `semver` is called `version` outside; `version` here counts edits.

    `precedence` sorts, in the collation C, as SemVer precedence does: see `portico.apps.releases.semver`.
    `content_hash` is the SHA-256 of what is deployed: it is made when the release becomes a candidate. `tagged_at` is
    what a repository says of an imported one; `published_at` is when it became one here, by the server's clock. A
    trigger keeps `changes_text`, for the search.
    """

    __tablename__ = "releases"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("content_hash IS NOT NULL OR state = 'draft'", name="content_hash"),
        UniqueConstraint("service_id", "precedence"),
        Index(None, "service_id", "id"),
        Index(None, "search", postgresql_using="gin"),
    )

    service_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("services.id", ondelete="RESTRICT"))
    semver: Mapped[str] = mapped_column(Text)
    precedence: Mapped[str] = mapped_column(Text(collation="C"))
    git_sha: Mapped[str] = mapped_column(Text, server_default="", default="")
    artifacts: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    notes: Mapped[str] = mapped_column(Text, server_default="", default="")
    state: Mapped[str] = mapped_column(Text, server_default="draft", default="draft")
    content_hash: Mapped[str | None] = mapped_column(Text)
    is_imported: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True)
    published_by: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    tagged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    changes_text: Mapped[str] = mapped_column(Text, server_default="", deferred=True)
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(vector(semver="A", notes="B", changes_text="C"), persisted=True), deferred=True
    )


class Change(ReleasesTable):
    """A commit that a release has and the one before it had not. `kind` is that of Conventional Commits, or empty."""

    __tablename__ = "changes"
    __table_args__ = (Index(None, "sha", "release_id"),)

    release_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    sha: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default="", default="")
    scope: Mapped[str] = mapped_column(Text, server_default="", default="")
    is_breaking: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)
    subject: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text, server_default="", default="")
    committed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
