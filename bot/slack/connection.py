"""What both ways to Slack give the bot: Socket Mode for one workspace, HTTP and OAuth for many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

ClientOf = Callable[[str], Awaitable[AsyncWebClient]]


class SlackConnection(Protocol):
    """A way to Slack: the Bolt app that listeners are registered with, and a client for each team."""

    bolt: AsyncApp

    async def client_of(self, team_id: str) -> AsyncWebClient:
        """A client that speaks to a team."""
        ...

    async def open(self) -> None:
        """Take what Slack sends, from now on."""
        ...

    async def close(self) -> None:
        """Take nothing more."""
        ...
