"""What an app has to set beside the kernel's settings: read from the same places, and told of in the same words."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from portico.kernel.settings import ENV_FILE, SECRETS_DIR


class AppSettings(BaseSettings):
    """An app's own settings. The subclass names the prefix; `validated` reads them, without showing a value.

    class StoreSettings(AppSettings):
        model_config = SettingsConfigDict(env_prefix="STORE_")
        mode: Mode | None = None
    """

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        secrets_dir=SECRETS_DIR if SECRETS_DIR.is_dir() else None,
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )
