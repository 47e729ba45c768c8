"""Looks at one installation and says what is wrong with it and what to do."""

from __future__ import annotations

import asyncio
import sys

from cryptography.fernet import Fernet
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.diagnosis import Diagnosis
from bot.settings import Settings
from bot.slack.http_server import EVENTS_PATH
from bot.slack.manifest import asked_scopes, needed_scopes
from bot.slack.oauth.flow import INSTALL_PATH
from bot.slack.token_check import (
    APP_TOKEN,
    BOT_TOKEN,
    REFRESH_TOKEN,
    SlackAway,
    TokenRefused,
    ask_app_token,
    ask_bot_token,
)
from storage import seal_check
from storage.database import Database
from storage.trouble import WHAT_TO_DO, is_trouble
from storage.vault import Vault

PYTHON_FLOORS = {(3, 11): 9, (3, 12): 3}
"""The patch of each version of Python from which on we run: what is older has known security holes."""


async def examine(settings: Settings) -> list[Diagnosis]:
    """Keys, database and Slack, each on its own: one fault does not hide the next."""
    keys = _keys(settings)
    slack = _over_http(settings) if settings.over_http else _by_socket(settings)
    results = await asyncio.gather(_database(settings) if keys.ok else _skipped("database"), slack)
    return [_python(sys.version_info[:3]), keys, results[0], *results[1]]


def _python(version: tuple[int, int, int]) -> Diagnosis:
    """A warning in words, not a fault: the bot runs, and closing the holes is the operator's to plan."""
    floor, said = PYTHON_FLOORS.get(version[:2], 0), ".".join(map(str, version))
    if version[2] >= floor:
        return Diagnosis("Python", True, said)
    return Diagnosis(
        "Python", True, f"{said} has known security holes; update it to {version[0]}.{version[1]}.{floor} or later."
    )


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
        current, newer = await database.is_current(), await database.is_newer()
        lost = (await seal_check.check(database, seal_check.ENTERED)).entered if current else ()
        if (trouble := await database.trouble()) is not None:
            return Diagnosis("DATABASE_URL", False, WHAT_TO_DO[trouble])
    except Exception as error:
        trouble = await database.trouble() if is_trouble(error) else None
        says = f"Could not be opened ({type(error).__name__}). Check that the address is right and the server runs."
        return Diagnosis("DATABASE_URL", False, says if trouble is None else WHAT_TO_DO[trouble])
    finally:
        await database.close()
    if newer:
        says = "Its tables are of a newer version. Start that one, or restore the backup that was made before it."
        return Diagnosis("DATABASE_URL", False, says)
    if lost:
        says = f"{len(lost)} credentials fit none of the keys; `integration-bot keys check` says what to enter again."
        return Diagnosis("DATABASE_URL", False, says)
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
    assert settings.slack_app_token
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    client = AsyncWebClient(token=token, base_url=settings.slack_api_url)
    found = []
    try:
        if settings.slack_refresh_token is None:
            answer = await ask_bot_token(client, token)
            found.append(Diagnosis(BOT_TOKEN, True, f"workspace {answer['team']}, as {answer['user']}"))
            found += _scopes(answer)
        else:
            # To try it would use it up.
            found.append(Diagnosis(REFRESH_TOKEN, True, "is exchanged once, when the bot starts; later ones are kept"))
        await ask_app_token(client, settings.slack_app_token.get_secret_value())
    except TokenRefused as refused:
        return [*found, Diagnosis(refused.setting, False, refused.says)]
    except SlackAway as away:
        return [*found, Diagnosis("Slack", False, away.says)]
    return [*found, Diagnosis(APP_TOKEN, True, "Socket Mode can connect")]


def _scopes(answer: AsyncSlackResponse) -> list[Diagnosis]:
    """Whether the token may do what the bot needs, and what it cannot do without the optional scopes."""
    granted = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    if missing := sorted(set(needed_scopes()) - granted):
        says = f"Missing: {', '.join(missing)}. Update the app from manifest.yml and reinstall."
        return [Diagnosis("scopes", False, says)]
    found = [Diagnosis("scopes", True, "as in manifest.yml")]
    if left_out := sorted(set(asked_scopes()) - granted):
        says = f"Not given: {', '.join(left_out)}. A report whose post was not confirmed may be posted twice."
        found.append(Diagnosis("optional scopes", True, says))
    return found
