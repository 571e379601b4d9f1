"""The factory's own settings."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from portico.kernel.app_settings import AppSettings


class FactorySettings(AppSettings):
    """`FACTORY_SHIFT_HOURS`: how long a sign-in by badge and PIN holds."""

    model_config = SettingsConfigDict(env_prefix="FACTORY_")

    shift_hours: float = Field(default=10, gt=0, le=24)

    @property
    def shift(self) -> timedelta:
        return timedelta(hours=self.shift_hours)
