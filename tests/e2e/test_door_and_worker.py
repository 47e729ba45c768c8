"""A replica on PostgreSQL: a door that Slack reaches and a worker beside it, started and stopped as one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sandbox.slack.server import SlackSandbox
from storage.vault import Vault
from tests.e2e.demo_process import ROOT
from tests.support.http_office import free_port
from tests.support.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

PATIENCE = 180
"""Seconds: an upper bound for a busy machine; nothing waits for it."""

pytestmark = pytest.mark.postgres


@dataclass
class Replica:
    """`python -m bot run` on a PostgreSQL, with what its processes say."""

    slack: SlackSandbox
    folder: Path
    url: str
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": self.url,
            "ENCRYPTION_KEYS": Vault.generate_key(),
            "METRICS_PORT": str(self.port),
        }
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run", *words),
            cwd=self.folder, env=environment, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return self.process

    async def until_it_says(self, event: str, **more: str) -> dict[str, Any]:
        """The next line in the log of this event and with these words."""
        assert self.process is not None
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while line := await self.process.stderr.readline():
                said = json.loads(line) if line.startswith(b"{") else {}
                if said.get("event") == event and more.items() <= said.items():
                    return said
        raise AssertionError(f"it ended without a word of {event}")

    async def pid_of(self, role: str) -> int:
        """Of the next one that has started in this role."""
        return int((await self.until_it_says("started", role=role))["executor"].split("-")[-2])

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.get(f"http://127.0.0.1:{self.port}{path}")

    async def at_work(self) -> int:
        """How many of its processes count as living."""
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            seen = await connection.execute("SELECT seen_at FROM executors")
            return sum(at > datetime(2000, 1, 1, tzinfo=UTC) for (at,) in await seen.fetchall())


@pytest.fixture
async def replica(tmp_path: Path, postgres_server: PostgresServer) -> AsyncIterator[Replica]:
    async with AsyncExitStack() as stack:
        slack = await SlackSandbox.start(ROOT / "manifest.yml")
        stack.push_async_callback(slack.stop)
        made = Replica(slack, tmp_path, stack.enter_context(postgres_server.database()))
        yield made
        if made.process is not None and made.process.returncode is None:
            made.process.kill()
            await made.process.wait()


async def test_a_worker_that_dies_is_started_again_and_both_stop_at_one_signal(replica: Replica) -> None:
    door = await replica.start()
    first = await replica.pid_of("worker")
    await replica.pid_of("door")
    assert (await replica.get("/ready")).status_code == 200
    assert os.getpriority(os.PRIO_PROCESS, first) > os.getpriority(os.PRIO_PROCESS, door.pid)
    figures = (await replica.get("/metrics")).text
    names = [sample.name for family in text_string_to_metric_families(figures) for sample in family.samples]
    assert "integration_bot_ownership_lost_total" in names
    os.kill(first, signal.SIGKILL)
    await replica.until_it_says("worker_ended")
    answer = await replica.get("/ready")
    assert (answer.status_code, answer.json()["reason"]) == (503, "worker_away")
    assert (await replica.get("/health")).status_code == 200, "a click is taken all the same"
    assert await replica.pid_of("worker") != first
    async with asyncio.timeout(PATIENCE):
        while (await replica.get("/ready")).status_code != 200:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)
    door.send_signal(signal.SIGTERM)
    _, said = await asyncio.wait_for(door.communicate(), PATIENCE)
    assert door.returncode == 0
    assert said.count(b'"stopped"') == 2
    # Of three one was killed, and nobody has yet missed it.
    assert await replica.at_work() == 1
