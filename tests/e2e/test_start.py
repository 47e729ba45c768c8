"""Starting and stopping as a process does it: a token that Slack does not take, a Slack that is away, a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack.server import SlackSandbox
from storage.vault import Vault
from tests.e2e.demo_process import ROOT

PATIENCE = 180
"""Seconds: an upper bound for a busy machine; nothing waits for it."""


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    started = await SlackSandbox.start(ROOT / "manifest.yml")
    yield started
    await started.stop()


async def bot(slack: SlackSandbox, folder: Path, **environment: str) -> asyncio.subprocess.Process:
    """`python -m bot run`, with nothing of this machine's own settings."""
    own = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite3'}",
        "ENCRYPTION_KEYS": Vault.generate_key(),
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), cwd=folder, env=own | environment, stderr=asyncio.subprocess.PIPE
    )


async def until_it_says(process: asyncio.subprocess.Process, word: str) -> None:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while line := await process.stderr.readline():
            if word in line.decode():
                return
    raise AssertionError(f"it ended without a word of {word}")


@pytest.mark.parametrize("setting", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_a_token_that_slack_does_not_take_ends_the_start_and_is_named(
    slack: SlackSandbox, tmp_path: Path, setting: str
) -> None:
    process = await bot(slack, tmp_path, **{setting: "xoxb-canary-1"})
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 5
    assert f"{setting}: Slack answers invalid_auth." in " ".join(said.decode().split())
    assert "Traceback" not in said.decode()
    assert "canary" not in said.decode()


@pytest.mark.parametrize("away", ["no_network", "outage"])
async def test_a_signal_is_heeded_while_slack_is_away(slack: SlackSandbox, tmp_path: Path, away: str) -> None:
    if away == "outage":
        slack.inject_fault("apps.connections.open", http_status=503, times=10_000)
    url = {"SLACK_API_URL": "http://127.0.0.1:9/api/"} if away == "no_network" else {}
    process = await bot(slack, tmp_path, **url)
    await until_it_says(process, "slack_not_reached")
    process.send_signal(signal.SIGTERM)
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0
    assert "stopped" in said.decode()


async def test_a_slack_that_comes_back_is_connected_to(slack: SlackSandbox, tmp_path: Path) -> None:
    slack.inject_fault("apps.connections.open", error="internal_error", times=1)
    process = await bot(slack, tmp_path)
    await slack.until(lambda: slack.world.way.connected, PATIENCE)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0
