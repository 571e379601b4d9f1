"""The settings of the embedder."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic_settings import SettingsConfigDict

from portico.kernel.app_settings import AppSettings
from portico.kernel.setting_values import MaybeText

NONE, LOCAL = "none", "local"


def _known(value: str) -> str:
    if value not in (NONE, LOCAL) and not value.startswith(("https://", "http://")):
        raise ValueError("must be none, local or the address of an endpoint for embeddings")
    return value


class EmbedderSettings(AppSettings):
    """AUDIT_EMBEDDER: what turns a text into a vector. The rest is for an endpoint alone."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_")

    embedder: Annotated[str, AfterValidator(_known)] = NONE
    embedder_model: str = "all-minilm"
    embedder_key: MaybeText = None
    embedder_allow_private: bool = False
