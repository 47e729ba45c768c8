"""What customers type as an address leads into the internet, or where the operator lets it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_network
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


# The registries of IANA as of 2025: "IPv4 Special-Purpose Address Space" and "IPv6 Special-Purpose Address Space".
REGISTERED = (
    "0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32", "192.0.0.171/32",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "255.255.255.255/32",
    "::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32", "2001:1::1/128",
    "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28",
    "2001:30::/28", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7",
    "fe80::/10",
    # Beside them: multicast, site-local of old, IPv4-compatible of old, not given out, and Azure's own.
    "224.0.0.0/4", "ff00::/8", "fec0::/10", "::/96", "4000::/3", "8000::/1", "168.63.129.16/32",
)  # fmt: skip


def spellings(address: IPv4Address | IPv6Address) -> list[str]:
    """The address, and an IPv4 address in every form of IPv6 that carries one."""
    if isinstance(address, IPv6Address):
        return [str(address)]
    number = int(address)
    prefixes = ("::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "::")
    within = [IPv6Address(int(IPv6Address(prefix)) | number) for prefix in prefixes]
    six_to_four = IPv6Address((0x2002 << 112) | (number << 80))
    # RFC 4380: the client's address is written with all bits turned.
    teredo = IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))
    return [str(each) for each in (address, *within, six_to_four, teredo)]


@pytest.mark.parametrize("registered", REGISTERED)
def test_nothing_of_the_special_purpose_registries_is_dialled_in_whatever_form(registered: str) -> None:
    network = ip_network(registered)
    middle = network[network.num_addresses // 2]
    for address in (network[0], middle, network[-1]):
        assert [written for written in spellings(address) if AllowedNetworks().admit(written)] == []


def test_a_relay_is_not_dialled_wherever_it_leads() -> None:
    admitted = [written for written in spellings(IPv4Address("8.8.8.8")) if AllowedNetworks().admit(written)]
    assert admitted == ["8.8.8.8", "::ffff:808:808", "64:ff9b::808:808"]


def test_what_is_next_to_the_registries_is_the_internet() -> None:
    for address in ("9.255.255.255", "11.0.0.0", "168.63.129.17", "192.0.1.0", "192.88.98.255", "2001:200::", "3ffe::"):
        assert AllowedNetworks().admit(address), address


def test_the_operator_allows_networks() -> None:
    networks = AllowedNetworks.parse("127.0.0.0/8, fd00::/8")
    assert [one for one in INSIDE if networks.admit(one)] == [
        "127.0.0.1",
        "127.9.9.9",
        "::ffff:127.0.0.1",
    ]
    assert networks.admit("fd00::1")
    with pytest.raises(ValueError):
        AllowedNetworks.parse("everything")


OTHER_SPELLINGS = [
    "127.1", "0x7f.1", "2130706433", "localhost", "LOCALHOST", "ⓛocalhost", "localhost.", "127.0.0.1.", "0177.0.0.1",
    "017700000001", "0251.0376.0251.0376", "2852039166", "0xa9fea9fe", "127。0。0。1", "①②⑦.0.0.1", "0",
    "[::ffff:127.0.0.1]", "[::ffff:0:127.0.0.1]", "[::]", "127.0.0.1\n",
]  # fmt: skip
NO_HOSTS = [
    "::1%lo", "[fe80::1%25eth0]", "127.0.0.1\r\nX", "user@127.0.0.1", "127.0.0.1/", "127.0.0.1:22", "localhost..",
    "localhost\x00.evil.se", "a\x1b[31m.se", "%6c%6f%63alhost", "example.com\\@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("written", NO_HOSTS)
def test_what_can_be_no_host_is_none(written: str) -> None:
    with pytest.raises(ValueError):
        host_name(written)


@pytest.mark.parametrize("written", OTHER_SPELLINGS)
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
