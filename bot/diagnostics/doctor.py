"""Looks at one installation and says what is wrong with it and what to do."""

from __future__ import annotations

import asyncio

from cryptography.fernet import Fernet
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.diagnosis import Diagnosis
from bot.settings import Settings
from bot.slack.http_server import EVENTS_PATH
from bot.slack.manifest import needed_scopes
from bot.slack.oauth.flow import INSTALL_PATH
from storage.database import Database
from storage.vault import Vault


async def examine(settings: Settings) -> list[Diagnosis]:
    """Keys, database and Slack, each on its own: one fault does not hide the next."""
    keys = _keys(settings)
    slack = _over_http(settings) if settings.over_http else _by_socket(settings)
    results = await asyncio.gather(_database(settings) if keys.ok else _skipped("database"), slack)
    return [keys, results[0], *results[1]]


async def _skipped(what: str) -> Diagnosis:
    return Diagnosis(what, False, "Not looked at: it needs good encryption keys.")


def _keys(settings: Settings) -> Diagnosis:
    try:
        for key in settings.fernet_keys():
            Fernet(key)
    except ValueError:
        return Diagnosis(
            "ENCRYPTION_KEYS", False, "One of the keys is not a Fernet key. `integration-bot keys new` makes one."
        )
    if not settings.fernet_keys():
        return Diagnosis("ENCRYPTION_KEYS", False, "There is no key. `integration-bot keys new` makes one.")
    return Diagnosis("ENCRYPTION_KEYS", True, f"{len(settings.fernet_keys())} in use")


async def _database(settings: Settings) -> Diagnosis:
    database = Database(settings.database_url, Vault(settings.fernet_keys()))
    try:
        current = await database.is_current()
    except Exception as error:
        return Diagnosis(
            "DATABASE_URL",
            False,
            f"Could not be opened ({type(error).__name__}). Check that the address is right and the server runs.",
        )
    finally:
        await database.close()
    says = "up to date" if current else "its tables are made or updated when the bot starts, or by `migrate`"
    return Diagnosis("DATABASE_URL", True, f"{database.dialect}; {says}")


async def _over_http(settings: Settings) -> list[Diagnosis]:
    # Which client and secrets are right shows at an installation alone.
    says = (
        f"listens at {settings.http_host}:{settings.http_port}; workspaces install at "
        f"{settings.public_url}{INSTALL_PATH}; Slack's request URL is {settings.public_url}{EVENTS_PATH}"
    )
    return [Diagnosis("Slack over HTTP", True, says)]


async def _by_socket(settings: Settings) -> list[Diagnosis]:
    assert settings.slack_bot_token
    assert settings.slack_app_token
    client = AsyncWebClient(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url)
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        return [
            Diagnosis(
                "SLACK_BOT_TOKEN",
                False,
                f"Slack answers {error.response['error']}. Copy the bot token again from the app's page, "
                "OAuth & Permissions.",
            )
        ]
    except OSError as error:
        return [Diagnosis("Slack", False, f"Cannot be reached ({type(error).__name__}). Check the network or proxy.")]
    found = [Diagnosis("SLACK_BOT_TOKEN", True, f"workspace {answer['team']}, as {answer['user']}")]
    granted = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    if missing := sorted(set(needed_scopes()) - granted):
        found.append(
            Diagnosis(
                "scopes", False, f"Missing: {', '.join(missing)}. Update the app from manifest.yml and reinstall."
            )
        )
    else:
        found.append(Diagnosis("scopes", True, "as in manifest.yml"))
    try:
        await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except SlackApiError as error:
        found.append(
            Diagnosis(
                "SLACK_APP_TOKEN",
                False,
                f"Slack answers {error.response['error']}. It must be an app-level token with connections:write.",
            )
        )
    else:
        found.append(Diagnosis("SLACK_APP_TOKEN", True, "Socket Mode can connect"))
    return found
