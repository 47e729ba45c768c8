"""A running sandbox, a real Bolt app connected to it, and people to act in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person
from tests.sandbox.slack.sample_app import SampleApp

StartSlack = Callable[..., Awaitable[SlackSandbox]]
StartApp = Callable[[SlackSandbox], Awaitable[SampleApp]]

SCOPES = [
    *("commands", "chat:write", "chat:write.public", "channels:read", "groups:read", "im:write"),
    *("files:write", "users:read", "channels:history"),
]


def manifest(**features: Any) -> dict[str, Any]:
    """An app manifest that allows what the sample app does; `scopes`, `events` and so on replace parts."""
    home = {"home_tab_enabled": features.get("home_tab", True), "messages_tab_enabled": True}
    home["messages_tab_read_only_enabled"] = features.get("read_only", True)
    events = ["app_home_opened", "channel_left", "channel_archive", "tokens_revoked"]
    return {
        "display_information": {"name": "Sample"},
        "features": {
            "app_home": home,
            "bot_user": {"display_name": "Sample bot"},
            "slash_commands": [{"command": "/integration", "description": "Try"}],
        },
        "oauth_config": {"scopes": {"bot": features.get("scopes", SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": features.get("events", events)},
            "interactivity": {"is_enabled": features.get("interactivity", True)},
            "socket_mode_enabled": True,
        },
    }


@pytest.fixture
async def start_slack() -> AsyncIterator[StartSlack]:
    started: list[SlackSandbox] = []

    async def start(**options: Any) -> SlackSandbox:
        options.setdefault("manifest", manifest())
        slack = await SlackSandbox.start(**options)
        started.append(slack)
        return slack

    yield start
    for slack in started:
        await slack.stop()


@pytest.fixture
async def start_app() -> AsyncIterator[StartApp]:
    started: list[SampleApp] = []

    async def start(slack: SlackSandbox) -> SampleApp:
        app = SampleApp(slack)
        started.append(app)
        await app.connect()
        return app

    yield start
    for app in started:
        await app.close()


@pytest.fixture
async def slack(start_slack: StartSlack) -> SlackSandbox:
    return await start_slack()


@pytest.fixture
async def app(slack: SlackSandbox, start_app: StartApp) -> SampleApp:
    return await start_app(slack)


@pytest.fixture
def astrid(slack: SlackSandbox) -> Person:
    """The owner."""
    return Person(slack, "astrid")


@pytest.fixture
def maja(slack: SlackSandbox) -> Person:
    """A plain member."""
    return Person(slack, "maja")
