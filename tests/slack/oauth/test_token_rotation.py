"""Tokens that rotate: exchanged in time by one process alone, nothing of it lost, and a refusal stops the syncs."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.slack.client import slack_client
from bot.slack.http_mode import HttpMode
from bot.slack.oauth.token_rotation import AHEAD_SECONDS, PATIENCE, REFUSED, TokenRotation
from sandbox.slack.faults import Fault
from storage import installations
from storage.installations import KeptBundle
from storage.models import InstallationRow
from tests.support.http_office import HttpOffice
from tests.support.slack_office import open_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[HttpOffice]:
    async with open_office(tmp_path, HttpOffice) as opened:
        assert isinstance(opened, HttpOffice)
        world = opened.slack.world
        world.manifest = dataclasses.replace(world.manifest, token_rotation=True)
        assert (await opened.install()).status_code == 200
        yield opened


def rotation(office: HttpOffice) -> TokenRotation:
    """Another process on the same database."""
    tokens = office.slack.world.tokens
    client = slack_client("", office.slack.api_url)
    database, secret = office.app.database, tokens.client_secret
    return TokenRotation(database, client, client_id=tokens.client_id, client_secret=secret)


def tokens_of(office: HttpOffice) -> TokenRotation:
    assert isinstance(office.app.slack, HttpMode)
    return office.app.slack.tokens


async def kept(office: HttpOffice) -> KeptBundle:
    async with office.app.database.reading() as session:
        found = await installations.serving_team(session, office.app.database.vault, office.team_id, None)
    assert found is not None
    return found


async def ends_in(office: HttpOffice, seconds: float) -> str:
    """Have the stored token end so soon; gives it."""
    bundle = await kept(office)
    data = {**bundle.data, "bot_token_expires_at": int(time.time() + seconds)}
    async with office.app.database.session() as session:
        assert await installations.put_rotated(session, office.app.database.vault, bundle, data)
    if seconds <= 0:
        office.slack.expire_token()
    return str(data["bot_token"])


def exchanges(office: HttpOffice) -> list[dict[str, Any]]:
    return [call.arguments for call in office.calls("oauth.v2.access") if "refresh_token" in call.arguments]


async def test_a_token_that_is_over_is_exchanged_before_somebody_is_answered(office: HttpOffice) -> None:
    before = await ends_in(office, -1)
    henrik = office.person("henrik")
    await henrik.type("/integration help")
    await office.told(henrik, "/integration setup")
    after = await kept(office)
    assert after.data["bot_token"] == office.slack.bot_token != before
    assert after.data["bot_token_expires_at"] > time.time() + AHEAD_SECONDS
    client = await office.app.slack.client_of(office.team_id)
    assert (await client.auth_test())["ok"]


async def test_a_token_that_ends_soon_goes_on_while_it_is_exchanged_once(office: HttpOffice) -> None:
    before = await ends_in(office, 60)
    tokens = tokens_of(office)
    first = await tokens.bot_of(enterprise_id=None, team_id=office.team_id)
    assert first is not None
    assert first.bot_token == before
    bots = await asyncio.gather(*(tokens.bot_of(enterprise_id=None, team_id=office.team_id) for _ in range(20)))
    assert {bot.bot_token for bot in bots if bot} <= {before, office.slack.bot_token}
    await tokens.settle()
    bot = await tokens.bot_of(enterprise_id=None, team_id=office.team_id)
    assert bot is not None
    assert bot.bot_token == office.slack.bot_token != before
    assert len(exchanges(office)) == 1
    # Who was answered with the former token still is.
    assert (await slack_client(before, office.slack.api_url).auth_test())["ok"]
    # And the next one: the refresh token is not the first any more.
    await ends_in(office, 0)
    again = await tokens.bot_of(enterprise_id=None, team_id=office.team_id)
    assert again is not None
    assert again.bot_token not in (before, bot.bot_token)


async def test_of_many_processes_one_exchanges_and_all_have_what_it_got(office: HttpOffice) -> None:
    await ends_in(office, 0)
    processes = [rotation(office) for _ in range(4)]
    asked = (process.bot_of(enterprise_id=None, team_id=office.team_id) for process in processes)
    bots = await asyncio.gather(*asked)
    assert {bot.bot_token for bot in bots if bot} == {office.slack.bot_token}
    assert len(bots) == 4
    assert len(exchanges(office)) == 1


async def test_whoever_asks_may_be_cancelled_and_nothing_is_lost(office: HttpOffice) -> None:
    await ends_in(office, 0)
    tokens = tokens_of(office)
    task = asyncio.create_task(tokens.bot_of(enterprise_id=None, team_id=office.team_id))
    while not tokens._under_way:  # noqa: ASYNC110 - nothing tells of it, and it is there for some turns of the loop
        await asyncio.sleep(0)
    task.cancel()
    await tokens.settle()
    assert (await kept(office)).data["bot_token"] == office.slack.bot_token


async def test_what_was_got_is_kept_where_the_database_is_away_for_a_moment(
    office: HttpOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ends_in(office, 0)
    tokens = tokens_of(office)

    async def away(*_: object) -> bool:
        raise sa.exc.OperationalError("UPDATE", {}, OSError())

    with monkeypatch.context() as patched:
        patched.setattr(installations, "put_rotated", away)
        bot = await tokens.bot_of(enterprise_id=None, team_id=office.team_id)
    assert bot is not None
    assert bot.bot_token == office.slack.bot_token != (await kept(office)).data["bot_token"]
    again = await tokens.bot_of(enterprise_id=None, team_id=office.team_id)
    assert again is not None
    assert again.bot_token == office.slack.bot_token == (await kept(office)).data["bot_token"]
    assert len(exchanges(office)) == 1


async def test_a_claim_of_a_process_that_was_killed_ends_by_itself(office: HttpOffice) -> None:
    await ends_in(office, 0)
    async with office.app.database.session() as session:
        assert await installations.claim(session, await kept(office), PATIENCE)
        assert not await installations.claim(session, await kept(office), PATIENCE)
        past = sa.update(InstallationRow).values(rotating_until=sa.func.datetime("now", "-1 minute"))
        await session.execute(past)
    bot = await tokens_of(office).bot_of(enterprise_id=None, team_id=office.team_id)
    assert bot is not None
    assert bot.bot_token == office.slack.bot_token


@pytest.mark.parametrize("seconds", [60, -1])
async def test_a_refresh_token_that_slack_refuses_pauses_the_workspaces_integrations(
    office: HttpOffice, seconds: float
) -> None:
    made = await office.make()
    await ends_in(office, seconds)
    office.slack.world.tokens.refresh.clear()
    tokens = tokens_of(office)
    for _ in range(3):
        bot = await tokens.bot_of(enterprise_id=None, team_id=office.team_id)
        assert (bot is not None) == (seconds > 0)
        await tokens.settle()
    assert len(exchanges(office)) == 1
    assert (await office.integration(made.id)).state == "paused"
    assert (await kept(office)).data[REFUSED] == "invalid_refresh_token"
    (entry,) = [entry for entry in await office.audited() if entry.action == "integration.paused"]
    assert (entry.actor_id, entry.origin) == ("slack", "invalid_refresh_token")
    if seconds <= 0:
        henrik = office.person("henrik")
        await henrik.type("/integration")
        await office.told(henrik, "install it again")
    # A new installation counts, and rotates again.
    assert (await office.install()).status_code == 200
    await ends_in(office, -1)
    again = await tokens.bot_of(enterprise_id=None, team_id=office.team_id)
    assert again is not None
    assert again.bot_token == office.slack.bot_token


@pytest.mark.parametrize("error", ["internal_error", "bad_client_secret"])
async def test_what_passes_or_is_the_operators_fault_pauses_nothing(office: HttpOffice, error: str) -> None:
    made = await office.make()
    before = await ends_in(office, 60)
    office.slack.world.faults.inject(Fault("oauth.v2.access", error=error))
    tokens = tokens_of(office)
    for _ in range(2):
        bot = await tokens.bot_of(enterprise_id=None, team_id=office.team_id)
        assert bot is not None
        assert bot.bot_token == before
        await tokens.settle()
    assert (await office.integration(made.id)).state != "paused"
    assert REFUSED not in (await kept(office)).data


async def test_neither_token_is_anywhere_in_clear(office: HttpOffice, capfd: pytest.CaptureFixture[str]) -> None:
    await ends_in(office, 0)
    await tokens_of(office).bot_of(enterprise_id=None, team_id=office.team_id)
    data = (await kept(office)).data
    on_disk = b"".join(file.read_bytes() for file in office.folder.iterdir() if file.is_file())
    said = capfd.readouterr().out
    for secret in (data["bot_token"], data["bot_refresh_token"], exchanges(office)[0]["refresh_token"]):
        assert secret.encode() not in on_disk
        assert secret not in said
    assert "token_rotated" in said
    assert json.dumps(data["bot_token"]) not in said
