"""A server's folder is read as the server shows it, and no file in it is written over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from bot.providers.errors import Unavailable
from bot.providers.kit.networks import AllowedNetworks
from bot.providers.kit.sftp import Login, SftpServer, SftpTimeouts
from bot.providers.kit.sftp_delivery import draft_name
from bot.providers.kit.sftp_errors import Refusals
from sandbox import sftp as standin

USER = standin.Login("customer", "secret")


@pytest.fixture
async def host() -> AsyncIterator[standin.SftpHost]:
    host = standin.SftpHost([USER], ["in"], looks=lambda: None)
    await host.start("127.0.0.1", 0, "sftp-")
    yield host
    await host.stop()


def server(host: standin.SftpHost) -> SftpServer:
    login = Login("127.0.0.1", host.port, USER.username, USER.password, "", host.fingerprint)
    return SftpServer(
        login, Refusals("paxml"), SftpTimeouts(5, 5), AllowedNetworks.of({"allowed_networks": standin.HERE})
    )


def names() -> Iterator[str]:
    return (f"simployer-{number}.xml" for number in range(9))


@pytest.mark.parametrize(
    "shown",
    [lambda _, name: name, lambda folder, name: folder + b"/" + name, lambda _, name: name.upper()],
    ids=["names", "whole paths", "capitals"],
)
async def test_what_lies_in_a_folder_is_known_however_it_is_shown(
    host: standin.SftpHost, shown: Callable[[bytes, bytes], bytes]
) -> None:
    box = server(host)
    folder = host.root / USER.username / "in"
    own, others = draft_name("simployer-7.xml", box.login.mark), draft_name("simployer-1.xml", "0" * 8)
    for name, text in (("simployer-0.xml", "waits"), (own, "left"), (others, "another's")):
        (folder / name).write_text(text)
    if shown(b"", b"a") == b"A":
        # Such a server finds files by whatever letters, which this one's disk does not.
        (folder / own).rename(folder / own.upper())
    host.faults.names_shown(shown)
    assert await box.put("in", names(), b"new", prefix="simployer", drafts="in") == "simployer-2.xml"
    there = {path.name: path.read_text() for path in folder.iterdir()}
    assert there == {"simployer-0.xml": "waits", others: "another's", "simployer-2.xml": "new"}


@pytest.mark.parametrize("name", ["..", ".", "../in/{}", "/etc/{}", "a\n{}", "{}\n", "\x1b[2J{}", "{}\u202e", ""])
async def test_names_that_lead_elsewhere_lead_nowhere(host: standin.SftpHost, name: str) -> None:
    box = server(host)
    draft = draft_name("simployer-7.xml", box.login.mark)
    beside = host.root / USER.username / draft
    beside.write_text("beside the folder")
    (host.root / USER.username / "in" / "a").write_text("something")
    host.faults.names_shown(lambda _, shown: name.format(draft).encode() if shown == b"a" else shown)
    assert await box.put("in", names(), b"new", prefix="simployer", drafts="in") == "simployer-0.xml"
    assert beside.read_text() == "beside the folder"
    assert (host.root / USER.username / "in" / "simployer-0.xml").read_text() == "new"


@pytest.mark.parametrize("said", [b"\r\n" * 30_000, b"x" * 60_000], ids=["lines", "one line"])
async def test_a_greeting_without_end_is_not_listened_to(said: bytes) -> None:
    heard = 0

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        try:
            while True:
                writer.write(said)
                await writer.drain()
                heard += len(said)
        except OSError:
            writer.close()

    greeter = await asyncio.start_server(greet, "127.0.0.1")
    login = Login("127.0.0.1", greeter.sockets[0].getsockname()[1], "u", "p", "", "")
    box = SftpServer(
        login, Refusals("paxml"), SftpTimeouts(60, 60), AllowedNetworks.of({"allowed_networks": "127.0.0.1"})
    )
    with pytest.raises(Unavailable):
        await box.sign_in()
    assert heard < 20_000_000
    greeter.close()
