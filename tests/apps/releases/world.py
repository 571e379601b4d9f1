"""A small company whose deliveries the app manages: its people, its pipeline, and what they deliver where.

Everything is made over HTTP but the accounts, whose passwords are cheap to check: hundreds of tests sign in.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpx

from portico.apps.releases.permissions import SCOPES
from portico.kernel.clock import Clock, system_clock
from tests.contract.shop import PASSWORD, QUICK_HASH, Account, made, unique
from tests.owner import Owner
from tests.servers import serving_app

ENVIRONMENTS = {"dev": "dev", "test": "test", "staging": "staging", "production": "production"}
"""Names and types, in the order of their ranks."""
SHA = "5ca1ab1e" * 5
DIGEST = "sha256:" + "c0ffee42" * 8

ADD_USER = """
    INSERT INTO releases.users (username, email, full_name, pwd_hash, role) VALUES (%(name)s, %(email)s, %(name)s,
        CASE WHEN %(role)s <> 'pipeline' THEN %(pwd_hash)s END, %(role)s) RETURNING id"""


class World:
    """One served app. `team` delivers `service`; `others` is a team that delivers `other_service`.

    `admin`, `manager`, `developer` (of `team`), `outsider` (a developer of `others`), `viewer`, and `approvers` (two
    viewers in `group`) have signed in. `pipeline` has an API key of `team` with every scope, `agent` one with
    `deploy:run` alone and no team. `nobody` has not signed in. Versions of both services go through `lifecycle`: dev,
    then test, then staging, then production, without soak times.
    """

    def __init__(self, nobody: httpx.Client, url: str) -> None:
        self.nobody = nobody
        self.url = url
        self._open = ExitStack()
        self.sql = self._open.enter_context(closing(Owner(url)))
        self._patches = 0
        self.admin = self.account("admin")
        self.manager = self.account("release_manager")
        self.developer = self.account("developer")
        self.outsider = self.account("developer")
        self.viewer = self.account("viewer")
        self.approvers = [self.account("viewer"), self.account("viewer")]
        self._make_groups()
        self._make_environments()
        self.service = self.new_service(team_id=self.team["id"])
        self.other_service = self.new_service(team_id=self.others["id"])

    def close(self) -> None:
        self._open.close()

    # People and programs

    def account(self, role: str, *, team: int | None = None, group: int | None = None) -> Account:
        """A new account with PASSWORD that has signed in. Its `client` sends the token."""
        name = unique(role.replace("_", "-"))
        user_id = self._add_user(name, role)
        tokens = log_in(self.nobody, f"{name}@example.com")
        self._join(user_id, team, group)
        return Account(user_id, name, tokens, self.client(Authorization=f"Bearer {tokens['access_token']}"))

    def key(self, *scopes: str, team: int | None = None) -> httpx.Client:
        """The client of a new pipeline, whose API key has these scopes; its user is in this team."""
        user_id = self._add_user(unique("pipeline"), "pipeline")
        self._join(user_id, team, None)
        body = {"name": "pipeline", "scopes": list(scopes)}
        key = made(self.admin.client.post(f"/api/v1/users/{user_id}/api-keys", json=body))["key"]
        return self.client(**{"X-API-Key": key})

    def hook_account(self, source: str, *, role: str = "pipeline") -> int:
        """The account whose rights a hook has: it is named like its source, and in `team`."""
        user_id = self._add_user(source, role)
        self._join(user_id, self.team["id"], None)
        return user_id

    def client(self, **headers: str) -> httpx.Client:
        client = httpx.Client(base_url=self.nobody.base_url, timeout=30, verify=False, headers=headers)
        return self._open.enter_context(client)

    # What is delivered

    def new_service(self, *, team_id: int, **values: Any) -> dict[str, Any]:
        body = {"name": unique("service"), "team_id": team_id, "lifecycle_id": self.lifecycle["id"], **values}
        return made(self.admin.client.post("/api/v1/services", json=body))

    def draft(self, version: str | None = None, *, service_id: int | None = None, **values: Any) -> dict[str, Any]:
        """A new draft of `service`, or of another one, with the next version where none is named."""
        self._patches += 1
        body = {
            "service_id": service_id or self.service["id"], "version": version or f"1.0.{self._patches}",
            "git_sha": SHA, "artifacts": [{"name": "registry.example.com/image", "digest": DIGEST}], **values,
        }  # fmt: skip
        return made(self.manager.client.post("/api/v1/releases", json=body))

    def published(self, version: str | None = None, *, service_id: int | None = None, **values: Any) -> dict[str, Any]:
        """A new release that is published."""
        release_id = self.draft(version, service_id=service_id, **values)["id"]
        done(self.manager.client.post(f"/api/v1/releases/{release_id}/candidate"))
        return done(self.manager.client.post(f"/api/v1/releases/{release_id}/publish"))

    # How it gets there

    def rule(self, environment: str = "production", *, required: int = 1, **values: Any) -> dict[str, Any]:
        """So many of the group of approvers have to approve what goes there."""
        body = {
            "name": unique("rule"), "environment_id": self.environments[environment], "group_id": self.group["id"],
            "required": required, **values,
        }  # fmt: skip
        return made(self.admin.client.post("/api/v1/approval-rules", json=body))

    def requested(
        self, release: dict[str, Any], environment: str = "dev", *, by: httpx.Client | None = None, **values: Any
    ) -> dict[str, Any]:
        """A new deployment of a release, asked for by the release manager, or by somebody else."""
        body = {"release_id": release["id"], "environment_id": self.environments[environment], **values}
        return made((by or self.manager.client).post("/api/v1/deployments", json=body))

    def approved(self, deployment: dict[str, Any], *by: Account) -> None:
        for approver in by:
            path = f"/api/v1/deployments/{deployment['id']}/approvals"
            body = {"decision": "approved", "content_hash": deployment["content_hash"]}
            made(approver.client.post(path, json=body))

    def deployed(self, release: dict[str, Any], *environments: str, succeeds: bool = True) -> list[dict[str, Any]]:
        """Deployments of a release that have ended, one environment after the other, as far as no rule forbids."""
        return [self.run(self.requested(release, each), succeeds=succeeds) for each in environments]

    def run(self, deployment: dict[str, Any], *, succeeds: bool = True) -> dict[str, Any]:
        """Have the agent claim a deployment that is queued, and end it."""
        path = f"/api/v1/deployments/{deployment['id']}"
        done(self.agent.post(f"{path}/claim", json={"agent": "agent of the tests"}))
        if succeeds:
            return done(self.agent.post(f"{path}/succeed"))
        return done(self.agent.post(f"{path}/fail", json={"cause": "the health check"}))

    def _make_groups(self) -> None:
        post = self.admin.client.post
        self.team = made(post("/api/v1/teams", json={"name": unique("team")}))
        self.others = made(post("/api/v1/teams", json={"name": unique("others")}))
        self.group = made(post("/api/v1/groups", json={"name": unique("approvers")}))
        self._join(self.developer.user_id, self.team["id"], None)
        self._join(self.outsider.user_id, self.others["id"], None)
        for approver in self.approvers:
            self._join(approver.user_id, None, self.group["id"])
        self.pipeline = self.key(*SCOPES, team=self.team["id"])
        self.agent = self.key("releases:read", "deploy:run")

    def _make_environments(self) -> None:
        post = self.admin.client.post
        self.environments = {
            name: made(post("/api/v1/environments", json={"name": name, "type": kind, "rank": rank}))["id"]
            for rank, (name, kind) in enumerate(ENVIRONMENTS.items())
        }
        self.lifecycle = self.new_lifecycle(["dev"], ["test"], ["staging"], ["production"])

    def new_lifecycle(self, *phases: Sequence[str], **values: Any) -> dict[str, Any]:
        """A lifecycle whose phases have these environments. `values` go for each phase."""
        body = [
            {"name": names[0], "environment_ids": [self.environments[name] for name in names], **values}
            for names in phases
        ]
        made_one = self.admin.client.post("/api/v1/lifecycles", json={"name": unique("lifecycle"), "phases": body})
        return made(made_one)

    def _add_user(self, name: str, role: str) -> int:
        values = {"name": name, "email": f"{name}@example.com", "role": role, "pwd_hash": QUICK_HASH}
        return int(self.sql(ADD_USER, **values)[0]["id"])

    def _join(self, user_id: int, team: int | None, group: int | None) -> None:
        for kind, number in (("teams", team), ("groups", group)):
            if number is not None:
                done(self.admin.client.put(f"/api/v1/{kind}/{number}/members/{user_id}"))


@contextmanager
def open_world(url: str, *, clock: Clock = system_clock, **settings: Any) -> Iterator[World]:
    """Serve the app on a database that is migrated, by this clock, and make a world in it."""
    with serving_app("releases", url, clock=clock, **settings) as nobody:
        world = World(nobody, url)
        try:
            yield world
        finally:
            world.close()


def log_in(client: httpx.Client, email: str) -> dict[str, Any]:
    return done(client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD}))


def done(found: httpx.Response) -> dict[str, Any]:
    """The body of an answer that is a success."""
    assert found.is_success, found.text
    body: dict[str, Any] = found.json() if found.content else {}
    return body
