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
        if not real.is_global or real.is_multicast or real.is_unspecified or real.is_reserved:
            return False
        return not (isinstance(real, IPv6Address) and real.is_site_local)

    async def resolve(self, host: str, port: int) -> list[str]:
        """The addresses to dial for a host, in order. Raises `AddressRefused`, and OSError where there are none."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = dict.fromkeys(str(place[0]) for *_, place in found)
        admitted = [address for address in addresses if self.admit(address)]
        if not admitted:
            raise AddressRefused
        return admitted


def _real(address: _Address) -> _Address:
    """The IPv4 address within one of IPv6 that stands for it: mapped, 6to4 or NAT64."""
    if isinstance(address, IPv4Address):
        return address
    within = address.ipv4_mapped or address.sixtofour
    if within is None and address in _NAT64:
        within = IPv4Address(int(address) & 0xFFFFFFFF)
    return within or address
