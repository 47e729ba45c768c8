"""`make demo`: starts without a terminal, says where it is, stops on Ctrl-C, keeps what happened, explains a fault."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.vault import Vault
from tests.e2e.demo_process import PATIENCE, ROOT, demo, ended, free_port
from tests.support.checkout import copied

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


async def failure(*words: str, root: Path = ROOT) -> str:
    """What a demo that cannot start says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", *words,
        cwd=root, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode == 1
    assert b"Traceback" not in said
    return said.decode()


async def test_a_port_that_is_none_is_not_called_taken(tmp_path: Path) -> None:
    assert "70000 is no port" in await failure("--port", "70000", "--data", str(tmp_path))


async def test_a_manifest_that_is_missing_is_not_a_port_that_is_taken(tmp_path: Path) -> None:
    copied(tmp_path, "bot", "storage", "sandbox")
    said = await failure("--port", str(free_port()), "--data", str(tmp_path / "kept"), root=tmp_path)
    assert "manifest" in said
    assert "taken" not in said


@pytest.mark.parametrize("place", ["file", "file/within", "/proc/nowhere"])
async def test_a_folder_that_is_none_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    said = await failure("--port", str(free_port()), "--data", str(tmp_path / place))
    assert str(tmp_path / place) in said
    assert "DATA=" in said


@pytest.mark.parametrize("kept", ["slack", "tripletex", "agda_ps", "paxml"])
@pytest.mark.parametrize("content", ['{"another": "version"}', "[1]", '"half', "\udcff"])
async def test_what_another_version_kept_is_named(tmp_path: Path, kept: str, content: str) -> None:
    (tmp_path / f"{kept}.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    said = await failure("--port", str(free_port()), "--data", str(tmp_path))
    assert f"{kept}.json" in said
    assert "another version" in said


@pytest.mark.long
async def test_a_database_of_another_version_is_named(tmp_path: Path) -> None:
    made = Database(f"sqlite:///{tmp_path}/integration-bot.sqlite3", Vault([Vault.generate_key()]))
    await made.migrate()
    async with made.session() as s:
        await s.execute(sa.text("UPDATE alembic_version SET version_num = '9999_future'"))
    await made.close()
    said = await failure("--port", str(free_port()), "--data", str(tmp_path))
    assert "another version of the bot" in said
    assert "DATA=" in said


@pytest.mark.long
@pytest.mark.parametrize("way", ["hangup", "terminal", "input"])
async def test_it_ends_with_its_terminal_and_says_so(tmp_path: Path, way: str) -> None:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    master, slave = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", str(free_port()), "--data", str(tmp_path),
        cwd=ROOT, start_new_session=True,
        stdin=asyncio.subprocess.PIPE if way == "input" else slave,
        stdout=slave if way == "terminal" else asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    os.close(slave)
    out = process.stdout
    if out is None:
        terminal, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(master, "rb")
        )
        out = reader
    try:
        async with asyncio.timeout(PATIENCE):
            while b"Open http" not in await out.readline():
                pass
        if way == "hangup":
            process.send_signal(signal.SIGHUP)
        elif way == "input":
            assert process.stdin is not None
            process.stdin.close()
        else:
            terminal.close()
        said = b"" if process.stdout is None else await asyncio.wait_for(process.stdout.read(), PATIENCE)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    finally:
        await ended(process)
    if way != "terminal":
        assert b"Stopping" in said
        os.close(master)
    assert "stopped" in (tmp_path / "bot.log").read_text()
    assert (tmp_path / "slack.json").exists()
