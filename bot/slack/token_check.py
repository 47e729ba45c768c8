"""What Slack says of the two tokens of Socket Mode: asked when the bot starts, and by the doctor."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.client import code_of
from bot.slack.refusals import passes

BOT_TOKEN, APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
REFRESH_TOKEN, CLIENT_SECRET = "SLACK_REFRESH_TOKEN", "SLACK_CLIENT_SECRET"

T = TypeVar("T")

_WHERE = {
    BOT_TOKEN: "Copy the bot token again from the app's page, OAuth & Permissions.",
    APP_TOKEN: "It must be an app-level token with connections:write, from the app's page, Basic Information.",
    REFRESH_TOKEN: "A refresh token is good once, and the bot keeps what comes of it in its database. Where that was "
    "lost, install the app again, and set the refresh token that comes of it.",
    CLIENT_SECRET: "Copy SLACK_CLIENT_ID and SLACK_CLIENT_SECRET again from the app's page, Basic Information.",
}
_ROTATES = (
    "Token rotation is turned on for this app, so that the token ends after twelve hours. Set SLACK_REFRESH_TOKEN, "
    "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, and the bot exchanges it in time; or make a new app from manifest.yml, "
    "and use its tokens."
)


_ELSEWHERE = {
    "accesslimited": "The workspace lets apps in from some networks alone: have this machine's address allowed, at "
    "Slack or among the app's allowed IP address ranges.",
    "not_allowed_token_type": "The tokens are in each other's place: the bot token begins with xoxb-, the app-level "
    "token with xapp-.",
    "missing_scope": "Update the app from manifest.yml and install it again; an app-level token needs "
    "connections:write.",
    "account_inactive": "The app is installed there no more: install it again, and copy the token that comes of it.",
    "token_revoked": "The app is installed there no more, or somebody revoked the token: install it again, and copy "
    "the token that comes of it.",
}
"""What to do where copying the same token once more does not help."""


class TokenRefused(Exception):
    """Slack does not take a token, and will not tomorrow. `says` is for the operator and has no secret."""

    def __init__(self, setting: str, code: str) -> None:
        super().__init__(f"{setting}: {code}")
        self.setting, self.code = setting, code
        advice = _ROTATES if code == "token_expired" else _ELSEWHERE.get(code, _WHERE[setting])
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
        if passes(error):
            advice = _ELSEWHERE.get(code, "Try again in a minute; status.slack.com tells of outages.")
            raise SlackAway(code, f"Slack has no answer now ({code}). {advice}") from None
        raise TokenRefused(setting, code) from None
    except (TimeoutError, SlackClientError, OSError, ValueError) as error:
        name = type(error).__name__
        raise SlackAway(name, f"Cannot be reached ({name}). Check the network or proxy.") from None
