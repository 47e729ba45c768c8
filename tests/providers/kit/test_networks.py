"""What customers type as an address leads into the internet, or where the operator lets it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.locales.translator import translator
from bot.providers.errors import CredentialsRefused, Unavailable
from bot.providers.kit.networks import AddressRefused, AllowedNetworks, host_name
from bot.providers.kit.sftp import Login, SftpServer
from bot.providers.kit.sftp_errors import Refusals

REFUSALS = Refusals("paxml")
INSIDE = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0",
    "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%1", "fc00::1",
    "fec0::1", "ff02::1", "ff0e::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2001:db8::1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "193.10.1.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_in_the_internet_is_refused(address: str) -> None:
    assert not AllowedNetworks().admit(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_in_the_internet_is_not(address: str) -> None:
    assert AllowedNetworks().admit(address)


def test_the_operator_allows_networks() -> None:
    networks = AllowedNetworks.parse("127.0.0.0/8, fd00::/8")
    assert [one for one in INSIDE if networks.admit(one)] == [
        "127.0.0.1",
        "127.9.9.9",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
    ]
    assert networks.admit("fd00::1")
    with pytest.raises(ValueError):
        AllowedNetworks.parse("everything")


@pytest.mark.parametrize("written", ["127.1", "0x7f.1", "2130706433", "localhost", "LOCALHOST", "ⓛocalhost"])
async def test_other_ways_to_write_this_machine_are_refused(written: str) -> None:
    with pytest.raises(AddressRefused):
        await AllowedNetworks().resolve(host_name(written), 22)


@asynccontextmanager
async def knock_counter() -> AsyncIterator[tuple[int, list[int]]]:
    """A port that counts who comes."""
    knocks: list[int] = []

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocks.append(1)
        writer.close()

    server = await asyncio.start_server(count, "127.0.0.1")
    yield server.sockets[0].getsockname()[1], knocks
    server.close()
    await server.wait_closed()


def server_at(host: str, port: int, networks: AllowedNetworks | None = None) -> SftpServer:
    entered = {"host": host, "port": str(port), "username": "u", "password": "p"}
    return SftpServer(Login.of(entered, REFUSALS), REFUSALS, networks=networks)


async def test_a_port_that_answers_and_one_that_does_not_look_alike() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with knock_counter() as (port, knocks):
            told = set()
            for where in (port, closed.getsockname()[1]):
                for host in ("127.0.0.1", "localhost", "10.0.0.1"):
                    with pytest.raises(CredentialsRefused) as refused:
                        await server_at(host, where).sign_in()
                    t = translator("en")
                    assert refused.value.advice is not None
                    told.add((refused.value.field, t.render(refused.value.text), t.render(refused.value.advice)))
            assert (len(told), knocks) == (1, [])


async def test_a_name_is_asked_for_once_and_what_was_looked_at_is_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    loop = asyncio.get_running_loop()
    really = loop.getaddrinfo

    async def resolve(host: Any, port: Any, **more: Any) -> Any:
        if host == "moving.example":
            asked.append(host)
            return await really("10.9.9.9" if len(asked) > 1 else "127.0.0.1", port, **more)
        return await really(host, port, **more)

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    async with knock_counter() as (port, knocks):
        with pytest.raises(Unavailable):
            await server_at("moving.example", port, AllowedNetworks.parse("127.0.0.1")).sign_in()
        assert (asked, knocks) == (["moving.example"], [1])
        with pytest.raises(CredentialsRefused):
            await server_at("moving.example", port, AllowedNetworks.parse("127.0.0.1")).sign_in()
        assert knocks == [1]


@pytest.mark.parametrize("written", ["sftp.agda.se", "SFTP.agda.se.", " sftp.agda.se ", "ｓftp.agda.se"])
def test_a_host_has_one_spelling_as_accounts_are_known_by_it(written: str) -> None:
    assert host_name(written) == "sftp.agda.se"
