"""Settings from the environment and `.env`, under the names that operators already use.

`load_settings()` is the one way in. It raises `SettingsError` with sentences that name the setting and never
its value, since settings hold secrets and error messages end up in logs.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import quote

from dotenv import dotenv_values
from pydantic import AfterValidator, AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from portico.kernel.mail import checked_sender, checked_url
from portico.kernel.secret_keys import development_key, weakness
from portico.kernel.setting_values import (
    DatabaseUrl,
    FilesUrl,
    MaybePath,
    MaybeText,
    NetworkWords,
    Origin,
    Rate,
    RedisUrl,
    WhenEmptyNone,
    Words,
)

Environment = Literal["development", "testing", "staging", "production"]
ENV_FILE = ".env"
SECRETS_DIR = Path("/run/secrets")  # where Docker and Kubernetes mount secrets: a file each, named like the setting
NO_DEFAULTS: Mapping[str, Any] = {}
S = TypeVar("S", bound=BaseSettings)


class SettingsError(Exception):
    """The settings cannot be used. The message names each setting at fault, never a value."""


class Settings(BaseSettings):
    """All settings that the kernel and identity read. Units stand in the field's description."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        secrets_dir=SECRETS_DIR if SECRETS_DIR.is_dir() else None,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    environment: Environment = Field("development", validation_alias=AliasChoices("ENVIRONMENT", "ENV"))
    debug: bool = False
    secret_key: MaybeText = Field(None, validation_alias=AliasChoices("SECRET_KEY", "DJANGO_SECRET_KEY"))
    algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    access_token_expire_minutes: int = Field(30, ge=1, description="minutes")
    refresh_token_expire_days: int = Field(7, ge=1, description="days")

    database_url: DatabaseUrl = None
    postgres_host: MaybeText = None
    postgres_port: int = 5432
    postgres_user: str = "postgres"
    postgres_password: str = ""
    postgres_db: str = "portico"
    read_database_url: DatabaseUrl = None
    db_echo: bool = False
    db_pool_size: int = Field(20, ge=1, description="connections per worker")
    db_max_overflow: int = Field(0, ge=0, description="connections per worker above the pool, under load")
    redis_url: RedisUrl = None
    redis_timeout: int = Field(300, ge=1, description="seconds that the cache keeps a value, where it says no other")
    portico_data_dir: Path = Path(".portico")
    files_url: FilesUrl = None
    portico_postgres_bin: MaybePath = None
    portico_allow_embedded: bool = False

    portico_apps: Words = ()
    portico_version: MaybeText = None
    public_url: Origin = None
    start_page: str = Field("", pattern=r"^(/[\w.-]+(/[\w.-]+)*)?$")
    allowed_hosts: Words = ("*",)
    trusted_proxies: NetworkWords = ()
    cors_origins: Words | None = None
    cors_allow_credentials: bool = False
    cors_allow_methods: Words = ("*",)
    cors_allow_headers: Words = ("*",)
    docs_enabled: Annotated[bool | None, WhenEmptyNone] = None
    rate_limit: Rate = None
    request_timeout: float = Field(30, gt=0, description="seconds")
    drain_seconds: float = Field(0.5, ge=0, description="seconds between 'not ready' and the end of listening")
    web_concurrency: int = Field(0, ge=0, description="workers; 0: one per core, at most 4")

    job_concurrency: int = Field(4, ge=1, description="jobs that one worker runs at the same time")
    job_drain_seconds: float = Field(20, ge=0, description="seconds that a worker told to stop waits for its jobs")
    job_lost_after: float = Field(10, gt=0, description="seconds of silence; then a worker's jobs run again")
    job_kept_days: float = Field(7, ge=0, description="days that jobs are kept after they have ended")

    webhook_allow_private: bool = False
    smtp_url: Annotated[MaybeText, AfterValidator(checked_url)] = None
    mail_from: Annotated[str, AfterValidator(checked_sender)] = "Portico <portico@localhost>"

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Annotated[Literal["console", "json"] | None, WhenEmptyNone] = None
    log_file: MaybePath = None

    metrics_enabled: Annotated[bool | None, WhenEmptyNone] = None
    metrics_token: MaybeText = None
    otel_exporter_otlp_endpoint: MaybeText = None
    sentry_dsn: MaybeText = None

    @property
    def is_protected(self) -> bool:
        """Whether this is an environment that real users meet: staging or production."""
        return self.environment in ("staging", "production")

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the one that Portico starts itself."""
        return self.server_url is None

    @property
    def server_url(self) -> str | None:
        """The database that the settings name, or None for the embedded one."""
        if self.database_url:
            return self.database_url
        if not self.postgres_host:
            return None
        login = quote(self.postgres_user, safe="")
        if self.postgres_password:
            login += ":" + quote(self.postgres_password, safe="")
        name = quote(self.postgres_db, safe="")
        if self.postgres_host.startswith("/"):  # the folder of a socket, as managed databases have it
            return f"postgresql://{login}@/{name}?host={quote(self.postgres_host)}&port={self.postgres_port}"
        host = f"[{self.postgres_host}]" if ":" in self.postgres_host else self.postgres_host
        return f"postgresql://{login}@{host}:{self.postgres_port}/{name}"

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins that may call from a browser."""
        if self.cors_origins is not None:
            return self.cors_origins
        if self.is_protected:
            return ()
        return tuple(f"http://localhost:{port}" for port in (3000, 5173, 5174))

    @property
    def shortest_password(self) -> int:
        """How many characters a new password has at least."""
        return 12 if self.is_protected else 8

    @property
    def job_pool_size(self) -> int:
        """A job's transaction and its progress beside it, and two for the sweep and what ends at the same time."""
        return 2 * self.job_concurrency + 2

    @property
    def job_connections(self) -> int:
        """All connections of one job worker, with those of the queue and the one that listens."""
        return self.job_pool_size + 4

    @property
    def workers(self) -> int:
        return self.web_concurrency or min(os.cpu_count() or 1, 4)

    @property
    def has_docs(self) -> bool:
        """Whether the documentation is served. Production shows it only where DOCS_ENABLED says so."""
        return self.environment != "production" if self.docs_enabled is None else self.docs_enabled

    @property
    def has_metrics(self) -> bool:
        """Whether `/metrics` is served. Production shows its numbers only to who has a token."""
        if self.metrics_enabled is not None:
            return self.metrics_enabled
        return self.environment != "development" and (self.environment != "production" or bool(self.metrics_token))

    def key(self) -> str:
        """The secret that all signing keys derive from; made once and kept in the data folder in development."""
        return self.secret_key or development_key(self.portico_data_dir)

    def refusals(self) -> list[str]:
        """Why these settings must not serve real users: a sentence each, none in development and testing."""
        if not self.is_protected:
            return []
        why = weakness(self.secret_key)
        return [
            sentence
            for sentence, refused in (
                (f"SECRET_KEY {why}.", why is not None),
                ("DEBUG must be off.", self.debug),
                (
                    "CORS_ORIGINS must not be * while CORS_ALLOW_CREDENTIALS is on.",
                    "*" in self.origins and self.cors_allow_credentials,
                ),
                (
                    "DATABASE_URL is not set; PORTICO_ALLOW_EMBEDDED=1 allows the embedded database.",
                    self.is_embedded and not self.portico_allow_embedded,
                ),
                (
                    "METRICS_TOKEN must be set where METRICS_ENABLED is on.",
                    self.environment == "production" and bool(self.metrics_enabled) and not self.metrics_token,
                ),
            )
            if refused
        ]

    def for_app(self, app: str, defaults: Mapping[str, Any] = NO_DEFAULTS) -> Self:
        """These settings with the values that carry the app's prefix, such as STORE_ACCESS_TOKEN_EXPIRE_MINUTES.

        `defaults` are the app's own, for what nobody has set.
        Raises `SettingsError` as `load_settings` does: a prefix makes no value fit that is unfit without it.
        """
        prefix = f"{app.upper()}_"
        unset = {name: value for name, value in defaults.items() if name not in self.model_fields_set}
        own = {**unset, **self.own_to(app)}
        if not own:
            return self
        found = validated(type(self), prefix, **{**self.model_dump(), **own})
        found.require_fitness(f", for {app} with the settings that begin with {prefix}")
        return found

    def own_to(self, app: str) -> dict[str, str]:
        """The values that carry the app's prefix."""
        prefix = f"{app.upper()}_"
        return {
            name[len(prefix) :].lower(): value
            for name, value in {**dotenv_values(ENV_FILE), **os.environ}.items()
            if value and name.startswith(prefix) and name[len(prefix) :].lower() in type(self).model_fields
        }

    def require_fitness(self, about: str = "") -> None:
        """Raise `SettingsError` where these settings must not serve real users."""
        refusals = self.refusals()
        if refusals:
            raise SettingsError(f"Refusing to start in {self.environment}{about}: {' '.join(refusals)}")


def load_settings(**values: Any) -> Settings:
    """The settings of this process; keyword arguments win over the environment.

    Raises `SettingsError` where a value does not parse or the environment must not start with these settings.
    """
    settings = validated(Settings, **values)
    settings.require_fitness()
    return settings


def validated(kind: type[S], prefix: str | None = None, /, **values: Any) -> S:
    """An instance of `kind`; its errors as a `SettingsError` that shows no value. `prefix` is that of the names."""
    start = kind.model_config.get("env_prefix", "") if prefix is None else prefix
    try:
        return kind(**values)
    except ValidationError as error:
        raise SettingsError(
            " ".join(
                f"{start}{str(found['loc'][0]).upper()}: {found['msg'].removeprefix('Value error, ')}."
                for found in error.errors(include_input=False)
            )
        ) from None
