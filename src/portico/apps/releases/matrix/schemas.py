"""What comes out of the routes that tell what runs where."""

from datetime import datetime

from pydantic import BaseModel, Field


class Cell(BaseModel):
    deployment_id: int
    release_id: int
    version: str
    release_state: str = Field(description="What has become of the release: a blocked one may still run.")
    since: datetime = Field(description="When the deployment succeeded.")
    by: str | None = Field(description="Who asked for it; null where the account is gone.")
    is_rollback: bool


class Column(BaseModel):
    id: int
    name: str
    type: str
    is_protected: bool


class Line(BaseModel):
    id: int
    name: str
    tier: int
    team_id: int
    team: str
    cells: list[Cell | None] = Field(description="One an environment, in the order of `environments`.")


class MatrixOut(BaseModel):
    at: datetime
    environments: list[Column]
    services: list[Line]


class RunningOut(Cell):
    service_id: int
    service: str
    team_id: int
    git_sha: str
    content_hash: str


class StateOut(BaseModel):
    environment_id: int
    environment: str
    at: datetime = Field(description="The time that this is the state of: never in the future.")
    services: list[RunningOut] = Field(description="Those of which anything ran.")
