"""What Slack says of the two tokens of Socket Mode: asked when the bot starts, and by the doctor."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.client import code_of

BOT_TOKEN, APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"

T = TypeVar("T")

_PASSING = frozenset(
    {
        *("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"),
        "team_added_to_org",
    }
)
"""Refusals that are over by themselves (docs.slack.dev, errors of auth.test and apps.connections.open)."""

_WHERE = {
    BOT_TOKEN: "Copy the bot token again from the app's page, OAuth & Permissions.",
    APP_TOKEN: "It must be an app-level token with connections:write, from the app's page, Basic Information.",
}
_ROTATES = (
    "Token rotation is turned on for this app, so that the token ends after twelve hours. Slack does not let it be "
    "turned off again: make a new app from manifest.yml, and use its tokens."
)


class TokenRefused(Exception):
    """Slack does not take a token, and will not tomorrow. `says` is for the operator and has no secret."""

    def __init__(self, setting: str, code: str) -> None:
        super().__init__(f"{setting}: {code}")
        self.setting, self.code = setting, code
        advice = _ROTATES if code == "token_expired" else _WHERE[setting]
        self.says = f"Slack answers {code}. {advice}"


class SlackAway(Exception):
    """Slack cannot be reached, or has no answer now. `says` is for the operator."""

    def __init__(self, reason: str, says: str) -> None:
        super().__init__(reason)
        self.reason, self.says = reason, says


async def ask_bot_token(client: AsyncWebClient, token: str) -> AsyncSlackResponse:
    """Slack's answer to auth.test. Raises `TokenRefused`, `SlackAway`."""
    if token.startswith("xoxe."):
        raise TokenRefused(BOT_TOKEN, "token_expired")
    return await _asked(BOT_TOKEN, client.auth_test())


async def ask_app_token(client: AsyncWebClient, token: str) -> None:
    """Whether Socket Mode can connect. Raises `TokenRefused`, `SlackAway`."""
    await _asked(APP_TOKEN, client.apps_connections_open(app_token=token))


async def _asked(setting: str, call: Awaitable[T]) -> T:
    try:
        return await call
    except SlackApiError as error:
        code = code_of(error)
        if code in _PASSING or code.startswith("http_"):
            says = f"Slack has no answer now ({code}). Try again in a minute; status.slack.com tells of outages."
            raise SlackAway(code, says) from None
        raise TokenRefused(setting, code) from None
    except (TimeoutError, SlackClientError, OSError, ValueError) as error:
        name = type(error).__name__
        raise SlackAway(name, f"Cannot be reached ({name}). Check the network or proxy.") from None
