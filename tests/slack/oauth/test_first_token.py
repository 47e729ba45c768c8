"""Socket Mode with tokens that rotate: the settings' refresh token is exchanged once, and what came of it goes on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from bot.slack.oauth.first_token import FirstToken
from bot.slack.socket_mode import SocketMode
from bot.slack.token_check import SlackAway, TokenRefused
from storage import installations
from storage.vault import Vault
from tests.support.slack_office import Office, open_office

FIRST = "xoxe-1-canary-first"


@pytest.fixture
def rotating(office: Office) -> Office:
    office.slack.world.tokens.refresh.add(FIRST)
    return office


def settings(office: Office, **other: Any) -> Settings:
    tokens = office.slack.world.tokens
    values: dict[str, Any] = {
        "slack_refresh_token": SecretStr(FIRST),
        "slack_client_id": tokens.client_id,
        "slack_client_secret": SecretStr(tokens.client_secret),
        "slack_app_token": SecretStr(office.slack.app_token),
        "slack_api_url": office.slack.api_url,
        "encryption_keys": SecretStr(Vault.generate_key()),
        "database_url": f"sqlite:///{office.folder / 'bot.sqlite3'}",
    }
    return Settings(_env_file=None, **(values | other))


def mode(office: Office, **other: Any) -> SocketMode:
    return SocketMode(settings(office, **other), office.app.database)


def first_of(of: SocketMode) -> FirstToken:
    assert of._rotating is not None
    return of._rotating.first


async def test_the_refresh_token_is_exchanged_once_and_later_starts_go_on_from_there(rotating: Office) -> None:
    assert not settings(rotating).over_http
    one = mode(rotating)
    await first_of(one).ensure()
    client = await one.client_of(rotating.team_id)
    assert client.token == rotating.slack.world.tokens.bot
    assert (await client.auth_test())["ok"]
    later = mode(rotating)
    await first_of(later).ensure()
    assert (await later.client_of(rotating.team_id)).token == client.token
    assert len(rotating.calls("oauth.v2.access")) == 1
    async with rotating.app.database.reading() as session:
        (kept,) = await installations.bots(session, rotating.app.database.vault)
    assert FIRST not in str(kept.data)
    assert "canary" not in repr(kept)


async def test_two_that_start_at_once_have_the_same_token(rotating: Office) -> None:
    one, other = mode(rotating), mode(rotating)
    await asyncio.gather(first_of(one).ensure(), first_of(other).ensure())
    assert (await one.client_of(rotating.team_id)).token == (await other.client_of(rotating.team_id)).token


@pytest.mark.parametrize(
    ("other", "names"),
    [
        ({"slack_refresh_token": SecretStr("xoxe-1-wrong")}, "SLACK_REFRESH_TOKEN"),
        ({"slack_client_secret": SecretStr("wrong")}, "SLACK_CLIENT_SECRET"),
    ],
)
async def test_what_is_wrong_is_named_and_ends_the_start(rotating: Office, other: dict[str, Any], names: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        await mode(rotating, **other).open()
    assert refused.value.setting == names
    assert "wrong" not in refused.value.says


async def test_a_slack_that_is_away_uses_nothing_up(rotating: Office) -> None:
    rotating.slack.inject_fault("oauth.v2.access", http_status=503, times=3)
    one = mode(rotating)
    with pytest.raises(SlackAway):
        await first_of(one).ensure()
    await first_of(one).ensure()
    assert (await (await one.client_of(rotating.team_id)).auth_test())["ok"]


async def test_another_refresh_token_in_the_settings_is_another_beginning(rotating: Office) -> None:
    await first_of(mode(rotating)).ensure()
    rotating.slack.world.tokens.refresh.add("xoxe-1-second")
    anew = mode(rotating, slack_refresh_token=SecretStr("xoxe-1-second"))
    await first_of(anew).ensure()
    assert len(rotating.calls("oauth.v2.access")) == 2
    assert (await anew.client_of(rotating.team_id)).token == rotating.slack.world.tokens.bot


class RotatingOffice(Office):
    """The office with a bot by Socket Mode whose tokens rotate."""

    def _way_to_slack(self) -> dict[str, Any]:
        tokens = self.slack.world.tokens
        tokens.refresh |= {FIRST} if not self.calls("oauth.v2.access") else set()
        return {
            "slack_refresh_token": SecretStr(FIRST),
            "slack_client_id": tokens.client_id,
            "slack_client_secret": SecretStr(tokens.client_secret),
            "slack_app_token": SecretStr(self.slack.app_token),
        }


async def test_people_are_answered_after_a_restart_and_after_the_token_is_over(tmp_path: Path) -> None:
    async with open_office(tmp_path, RotatingOffice) as office:
        await office.make()
        henrik = office.person("henrik")
        await henrik.type("/integration")
        await office.told(henrik, "Norge")
        await office.restart()
        begun = office.slack.world.tokens.bot
        database = office.app.database
        async with database.session() as session:
            (kept,) = await installations.bots(session, database.vault)
            over = {**kept.data, "bot_token_expires_at": int(time.time()) - 1}
            assert await installations.put_rotated(session, database.vault, kept, over)
        office.slack.expire_token()
        seen = len(henrik.ephemeral())
        await henrik.type("/integration")
        await office.slack.world.changes.until(lambda: len(henrik.ephemeral()) > seen)
        assert "Norge" in henrik.reads(henrik.ephemeral()[-1])
        assert office.slack.world.tokens.bot != begun
        used = [call.arguments["refresh_token"] for call in office.calls("oauth.v2.access")]
        assert used[0] == FIRST
        assert len(set(used)) == len(used) == 2
