"""Settings from the environment (or a `.env` file); `.env.example` lists them all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bot.providers import registry
from bot.providers.consent import CONSENT_PATH, LOOPBACK_URL, REDIRECT_URL
from bot.providers.kit import profile_links
from bot.providers.kit.networks import OPTION as NETWORKS
from bot.providers.kit.networks import AllowedNetworks
from bot.providers.kit.profile_links import ProfileLinks
from bot.providers.protocol import ControlProof
from bot.secret_source import elsewhere

_Given = TypeVar("_Given", SecretStr | None, str | None)


class Settings(BaseSettings):
    """How one installation of the bot runs. Secrets are `SecretStr` and so stay out of every repr and log."""

    # A variable that is there with nothing in it says nothing: no line left empty chooses how Slack is reached.
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    slack_client_id: str | None = Field(
        default=None, description="Client ID of the Slack app: chooses HTTP and OAuth, for any number of workspaces"
    )
    slack_refresh_token: SecretStr | None = Field(
        default=None,
        description="First refresh token of an app whose tokens rotate, xoxe-...: Socket Mode, with a client ID",
    )
    # Without it, or with a refresh token: Socket Mode, for one workspace
    slack_bot_token: SecretStr | None = Field(
        default=None, validate_default=True, description="Bot token of the Slack app, xoxb-..."
    )
    slack_app_token: SecretStr | None = Field(
        default=None, validate_default=True, description="App-level token with connections:write, xapp-..."
    )
    # With it
    slack_client_secret: SecretStr | None = Field(
        default=None, validate_default=True, description="Client Secret of the Slack app"
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None, validate_default=True, description="Signing Secret of the Slack app"
    )
    public_url: str | None = Field(
        default=None, validate_default=True, description="https address at which Slack and browsers reach the bot"
    )
    http_host: str = Field(default="127.0.0.1", description="Address to listen at, behind whatever ends TLS")
    http_port: int = Field(default=3000, ge=0, le=65535, description="Port to listen at; 0 takes any free one")
    metrics_host: str = Field(
        default="127.0.0.1", description="Address of the operator's own port: /health, /ready and /metrics"
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="The operator's own port; without it there is none, 0 takes any free"
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None,
        description="Address of an OpenTelemetry collector (OTLP over HTTP); without it there are no traces",
    )
    slack_api_url: str = Field(default="https://slack.com/api/", description="Where Slack's Web API is")
    slack_authorize_url: str = Field(
        default="https://slack.com/oauth/v2/authorize", description="Where Slack asks for consent to an installation"
    )

    managers: str = Field(
        default="",
        description="Slack user ids, separated by commas, who may manage besides owners and admins; T…:U… for one"
        " workspace alone",
    )

    database_url: str = Field(
        default="sqlite:///data/integration-bot.sqlite3",
        repr=False,  # it may hold a password
        description="SQLite file, or postgresql://user:password@host/name for several replicas",
    )
    encryption_keys: SecretStr = Field(
        description="Fernet keys, newest first, separated by commas; `integration-bot keys new` makes one"
    )

    timezone: str = Field(default="Europe/Stockholm", description="Zone in which a run's day begins and ends")
    providers: dict[str, SecretStr] = Field(
        default_factory=dict, description="What providers are told, by `<provider>_<option>`; their READMEs list them"
    )

    accounts_assigned: str = Field(
        default="",
        description="Accounts that nobody can prove by a secret and the workspaces that they are assigned to, as "
        "provider:account:team, separated by commas; `integration-bot accounts` does the same",
    )
    allowed_networks: str = Field(
        default="", description="Networks of yours, separated by commas, where servers that customers name may be"
    )

    files_by_message: bool = Field(
        default=True, description="Whether those who may manage can have people as a file in a direct message"
    )

    integrations_per_workspace: int = Field(
        default=50, ge=1, le=1000, description="How many integrations one workspace can have"
    )
    draft_minutes: int = Field(default=30, ge=1, le=1440, description="How long an unfinished set-up is kept")
    retention_days: int = Field(default=90, ge=1, le=3650, description="How long outcomes per employee are kept")
    run_days: int = Field(
        default=1095, ge=0, le=36500, description="How long runs are kept that are over, without people; 0 keeps all"
    )
    gone_days: int = Field(
        default=1095,
        ge=0,
        le=36500,
        description="How long numbers and ids are kept of people whom no full comparison has met; 0 keeps all",
    )
    uninstalled_days: int = Field(
        default=30, ge=1, le=3650, description="How long credentials are kept after a workspace uninstalled the app"
    )
    audit_days: int = Field(default=0, ge=0, le=36500, description="How long the audit is kept; 0 keeps all of it")
    catch_up_hours: int = Field(default=24, ge=0, le=168, description="A missed sync older than this asks first")
    run_hours: int = Field(
        default=6, ge=2, le=168, description="A run that reads, or writes, for longer than this is stopped"
    )
    plan_hours: int = Field(default=12, ge=1, le=168, description="A plan is applied or approved as it is for so long")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @field_validator("database_url")
    @classmethod
    def _folder_of_sqlite_exists(cls, url: str) -> str:
        if url.startswith("sqlite:///"):
            folder = Path(url.removeprefix("sqlite:///")).expanduser().parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise ValueError(f"the folder {folder} cannot be made: {error.strerror}") from None
        return url

    @model_validator(mode="after")
    def _pages_have_addresses(self) -> Self:
        for name, value in self.providers.items():
            if name.endswith(f"_{profile_links.OPTION}"):
                try:
                    profile_links.checked(value.get_secret_value())
                except ValueError as error:
                    raise ValueError(f"{name.upper()} {error}") from None
        return self

    @field_validator("accounts_assigned")
    @classmethod
    def _are_accounts(cls, accounts: str) -> str:
        for each in _listed(accounts):
            provider, _, rest = each.partition(":")
            account, _, team_id = rest.rpartition(":")
            if not account or not team_id or not _takes_assignments(provider):
                raise ValueError("are written as provider:account:team, as in visma_net:<tenant id>:T0123ABCD")
        return accounts

    @field_validator("allowed_networks")
    @classmethod
    def _are_networks(cls, networks: str) -> str:
        try:
            AllowedNetworks.parse(networks)
        except ValueError as error:
            raise ValueError(f"{error}; networks are written as 10.1.0.0/16, with commas between them") from None
        return networks

    @field_validator("slack_refresh_token")
    @classmethod
    def _is_exchanged_by_its_app(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and not info.data.get("slack_client_id"):
            raise ValueError("is exchanged with SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, which are needed too")
        return value

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _is_there_for_socket_mode(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        rotates = bool(info.data.get("slack_refresh_token"))
        if value is not None or (rotates and info.field_name == "slack_bot_token"):
            return value
        if rotates:
            raise ValueError("is needed for Socket Mode (to be reached over HTTP, leave out SLACK_REFRESH_TOKEN)")
        if not info.data.get("slack_client_id"):
            raise ValueError("is needed for Socket Mode (to be reached over HTTP instead, set SLACK_CLIENT_ID)")
        return value

    @field_validator("slack_client_secret", "slack_signing_secret", "public_url")
    @classmethod
    def _is_there_for_http(cls, value: _Given, info: ValidationInfo) -> _Given:
        if value is not None or not info.data.get("slack_client_id"):
            return value
        if not info.data.get("slack_refresh_token"):
            raise ValueError("is needed over HTTP, which SLACK_CLIENT_ID chooses")
        if info.field_name == "slack_client_secret":
            raise ValueError("is needed to exchange SLACK_REFRESH_TOKEN")
        return value

    @field_validator("public_url")
    @classmethod
    def _is_a_whole_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        schemes = ("https", "http") if parts.hostname in ("127.0.0.1", "localhost") else ("https",)
        if not parts.hostname or parts.scheme not in schemes:
            raise ValueError("must begin with https://, such as https://bot.example.com")
        return url.rstrip("/")

    @property
    def over_http(self) -> bool:
        """Whether Slack is reached over HTTP, for many workspaces, and not by Socket Mode, for one."""
        return self.slack_client_id is not None and self.slack_refresh_token is None

    def manager_ids(self) -> tuple[str, ...]:
        """Who may manage besides owners and admins: `U…` in every workspace, `T…:U…` in that one alone."""
        return tuple(user.strip() for user in self.managers.split(",") if user.strip())

    def assigned_accounts(self) -> tuple[tuple[str, str, str], ...]:
        """Provider, account and team of each."""
        parts = [each.partition(":") for each in _listed(self.accounts_assigned)]
        split = [(provider, *rest.rpartition(":")) for provider, _, rest in parts]
        return tuple((provider, account, team_id) for provider, account, _, team_id in split)

    def fernet_keys(self) -> tuple[str, ...]:
        """The encryption keys, newest first."""
        return tuple(key.strip() for key in self.encryption_keys.get_secret_value().split(",") if key.strip())

    def provider_options(self, provider: str) -> Mapping[str, str]:
        """What the operator sets for a provider: addresses and the operator's own credentials."""
        prefix = f"{provider}_"
        options = {
            name.removeprefix(prefix): value.get_secret_value()
            for name, value in self.providers.items()
            if name.startswith(prefix)
        }
        # For all providers alike.
        options.pop(NETWORKS, None)
        if _asks_for_consent(provider):
            back = f"{self.public_url}{CONSENT_PATH}" if self.over_http else LOOPBACK_URL
            options = {REDIRECT_URL: back} | options
        return options | ({NETWORKS: self.allowed_networks} if self.allowed_networks else {})

    def pages(self, provider: str) -> ProfileLinks:
        """The addresses of people's pages in a system."""
        return ProfileLinks.of(self.provider_options(provider))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add the providers' variables, so that a new provider needs no line here."""
        env_file = dotenv_settings.env_file if isinstance(dotenv_settings, DotEnvSettingsSource) else None
        ours = _ProviderVariables(settings_cls, env_file)
        # Before the environment: a line that is left empty there is no second place.
        return init_settings, ours, env_settings, dotenv_settings, file_secret_settings


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]


def _takes_assignments(provider: str) -> bool:
    known = registry.targets().get(provider)
    return known is not None and any(field.assigned for field in known.info.credentials)


def _asks_for_consent(provider: str) -> bool:
    known = registry.targets().get(provider)
    return known is not None and known.info.control is ControlProof.VENDOR_CONSENT


class _ProviderVariables(PydanticBaseSettingsSource):
    """Collects the variables that start with a provider's key: `TRIPLETEX_CONSUMER_TOKEN`, ..."""

    def __init__(self, settings_cls: type[BaseSettings], env_file: object) -> None:
        super().__init__(settings_cls)
        self._env_file = env_file

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: `__call__` gives the one field at once."""
        raise NotImplementedError

    def __call__(self) -> dict[str, Any]:
        """The field `providers`, and the secrets that stand elsewhere. Raises `SecretUnread`."""
        kept = dotenv_values(self._env_file) if isinstance(self._env_file, str | Path) else {}
        prefixes = tuple(f"{provider}_" for provider in registry.provider_keys())
        given = {**kept, **os.environ}
        secrets = {
            name.lower(): value for name, value in elsewhere(given, [prefix.upper() for prefix in prefixes]).items()
        }
        found = {
            name.lower(): value
            for name, value in {**given, **secrets}.items()
            if value and name.lower().startswith(prefixes)
        }
        ours = {name: value for name, value in secrets.items() if not name.startswith(prefixes)}
        return {"providers": found, **ours}
