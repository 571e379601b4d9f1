"""The app's own settings."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic_settings import SettingsConfigDict

from portico.kernel.app_settings import AppSettings
from portico.kernel.webhook_signing import secret_of

SHORTEST_SECRET = 24  # bytes, as Standard Webhooks have it
SHORTEST_TOKEN = 16  # characters


def _tokens(value: str | None) -> str | None:
    if value is not None and any(len(each) < SHORTEST_TOKEN for each in value.split()):
        raise ValueError(f"must have {SHORTEST_TOKEN} characters or more, and no blanks")
    return value


def _secrets(value: str | None) -> str | None:
    if value is not None and any(len(secret_of(each)) < SHORTEST_SECRET for each in value.split()):
        raise ValueError(f"must hold {SHORTEST_SECRET} bytes or more")
    return value


class ReleasesSettings(AppSettings):
    """The secrets of the hooks. While one is changed, two stand there with a blank between them."""

    model_config = SettingsConfigDict(env_prefix="RELEASES_")

    github_secret: Annotated[str | None, AfterValidator(_tokens)] = None
    gitlab_secret: Annotated[str | None, AfterValidator(_tokens)] = None
    cdevents_secret: Annotated[str | None, AfterValidator(_secrets)] = None
