"""Where customers may have the bot connect to: an address that they type must not lead into the bot's own network.

A name is resolved once, what it resolves to is looked at, and that very address is dialled: whoever answers for the
name cannot give another one between the look and the connection.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

OPTION = "allowed_networks"
"""The operator's option of a provider: networks, separated by commas, that customers may name all the same."""

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NAT64 = IPv6Network("64:ff9b::/96")
_SPECIAL = tuple(
    ip_network(written)
    for written in (
        # IANA IPv4 Special-Purpose Address Registry, whole: what is globally reachable in it serves protocols alone.
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4"),
        "224.0.0.0/4",  # multicast: RFC 5771
        "168.63.129.16/32",  # answers every virtual machine in Azure for the host: learn.microsoft.com
        # IANA IPv6 Special-Purpose Address Registry, whole, as far as it is within _UNICAST.
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
"""Not for servers, whoever asks. Named here, as what Python takes for global differs between its versions."""
_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is given out for the internet (IANA IPv6 Global Unicast Address Assignments)."""
_Address = IPv4Address | IPv6Address


class AddressRefused(Exception):
    """Nothing that the name resolves to may be dialled. It does not say what that is."""


def host_name(entered: str) -> str:
    """A host's name or address as it is dialled, in one spelling: it is part of what an account is known by.

    Raises `ValueError` for what can be neither (RFC 1123, RFC 3490).
    """
    host = entered.strip().casefold()
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ip_address(bare)
    except ValueError:
        pass
    else:
        if "%" in bare:
            # An interface of this machine's, under any name at all.
            raise ValueError("no address of another network")
        return bare
    # Raises UnicodeError, which is a ValueError, for labels that are empty or too long.
    ascii_name = host.encode("idna").decode("ascii").removesuffix(".")
    labels = ascii_name.split(".")
    if len(ascii_name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("no host's name")
    return ascii_name


@dataclass(frozen=True, slots=True)
class AllowedNetworks:
    """The internet, and those networks of the operator's that are named."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, written: str) -> AllowedNetworks:
        """From `10.1.0.0/16, fd00::/8`. Raises `ValueError` for what is no network."""
        return cls(tuple(ip_network(one.strip()) for one in written.split(",") if one.strip()))

    @classmethod
    def of(cls, options: Mapping[str, str]) -> AllowedNetworks:
        """What the operator's options for a provider give."""
        return cls.parse(options.get(OPTION, ""))

    def admit(self, address: str) -> bool:
        """Whether an address may be dialled: it is in the internet, or in a network that the operator allows."""
        real = _real(ip_address(address))
        if any(real in network for network in self.networks):
            return True
        if isinstance(real, IPv6Address) and real not in _UNICAST:
            return False
        return real.is_global and not any(real in network for network in _SPECIAL)

    async def resolve(self, host: str, port: int) -> list[str]:
        """The addresses to dial for a host, in order. Raises `AddressRefused`, and OSError where there are none."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = dict.fromkeys(str(place[0]) for *_, place in found)
        admitted = [address for address in addresses if self.admit(address)]
        if not admitted:
            raise AddressRefused
        return admitted


def _real(address: _Address) -> _Address:
    """The IPv4 address that one of IPv6 is another spelling of, mapped or by NAT64, for which it is dialled.

    6to4, Teredo and NAT64 prefixes of one's own lead through relays that nobody here knows: they are what they are.
    """
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
