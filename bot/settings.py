"""Settings from the environment (or a `.env` file); `.env.example` lists them all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How one installation of the bot runs. Secrets are `SecretStr` and so stay out of every repr and log."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    slack_bot_token: SecretStr = Field(description="Bot token of the Slack app, xoxb-...")
    slack_app_token: SecretStr = Field(description="App-level token with connections:write, xapp-...")
    slack_api_url: str = Field(default="https://slack.com/api/", description="Where Slack's Web API is")

    managers: str = Field(
        default="", description="Slack user ids, separated by commas, who may manage besides owners and admins"
    )

    database_url: str = Field(
        default="sqlite:///data/integration-bot.sqlite3",
        description="SQLite file, or postgresql://user:password@host/name for several replicas",
    )
    encryption_keys: SecretStr = Field(
        description="Fernet keys, newest first, separated by commas; `integration-bot keys new` makes one"
    )

    simployer_url: str = Field(default="https://api.alexishr.com/v1", description="Simployer's public API")
    simployer_timezone: str = Field(
        default="Europe/Stockholm", description="Zone of dates of employees who have no office"
    )
    tripletex_consumer_token: SecretStr = Field(
        default=SecretStr(""), description="Consumer token that Tripletex gave this installation, production"
    )
    tripletex_test_consumer_token: SecretStr = Field(
        default=SecretStr(""), description="Consumer token for Tripletex's test environment"
    )
    tripletex_url: str = Field(default="https://tripletex.no/v2", description="Tripletex, production")
    tripletex_test_url: str = Field(default="https://api-test.tripletex.tech/v2", description="Tripletex, test")

    draft_minutes: int = Field(default=30, ge=1, le=1440, description="How long an unfinished set-up is kept")
    retention_days: int = Field(default=90, ge=1, le=3650, description="How long outcomes per employee are kept")
    catch_up_hours: int = Field(default=24, ge=0, le=168, description="A missed sync older than this asks first")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @field_validator("database_url")
    @classmethod
    def _folder_of_sqlite_exists(cls, url: str) -> str:
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).expanduser().parent.mkdir(parents=True, exist_ok=True)
        return url

    def manager_ids(self) -> tuple[str, ...]:
        """Who may manage besides owners and admins."""
        return tuple(user.strip() for user in self.managers.split(",") if user.strip())

    def fernet_keys(self) -> tuple[str, ...]:
        """The encryption keys, newest first."""
        return tuple(key.strip() for key in self.encryption_keys.get_secret_value().split(",") if key.strip())

    def provider_options(self, provider: str) -> Mapping[str, str]:
        """What the operator sets for a provider: addresses and the operator's own credentials."""
        prefix = f"{provider}_"
        options: dict[str, str] = {}
        for name in type(self).model_fields:
            if name.startswith(prefix):
                value = getattr(self, name)
                options[name.removeprefix(prefix)] = (
                    value.get_secret_value() if isinstance(value, SecretStr) else str(value)
                )
        return options
