"""`make demo`: starts without a terminal, says where it is, stops on Ctrl-C, keeps what happened, explains a fault."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.demo_process import ROOT, demo, free_port

ASTRID = "U01ASTRID"


async def state(url: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as client:
        found: dict[str, Any] = (await client.get(f"{url}/ui/state", params={"as": ASTRID})).json()
        return found


@pytest.mark.long
async def test_it_starts_stops_and_goes_on_where_it_was(tmp_path: Path) -> None:
    data = tmp_path / "kept"
    async with demo(data) as first, httpx.AsyncClient() as client:
        assert (await client.get(first.url)).status_code == 200
        seen = await state(first.url)
        assert seen["connected"]
        assert [system["id"] for system in seen["systems"]][:2] == ["simployer", "tripletex"]
        cards = str(seen["guide"])
        assert "/integration setup" in cards
        assert "simployer-demo-" in cards
        said = {"as": ASTRID, "channel": "C02PAYROLL", "text": "kept over a restart"}
        assert (await client.post(f"{first.url}/ui/message", json=said)).json()["ok"]
        assert await first.interrupt() == 0
    assert (data / "key.txt").stat().st_mode & 0o077 == 0, "the key is for its owner's eyes"
    async with demo(data) as second:
        messages = (await state(second.url))["messages"]["C02PAYROLL"]
        assert "kept over a restart" in [message["text"] for message in messages]


async def test_a_taken_port_is_explained(tmp_path: Path) -> None:
    port = free_port()
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    async with server:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(tmp_path),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert f"Port {port} is taken" in said.decode()
    assert "make demo PORT=" in said.decode()
