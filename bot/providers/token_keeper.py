"""Where tokens are kept that a system replaces whenever they are used. Providers ask through this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.providers.declaration import Credentials

Spend = Callable[[Credentials], Awaitable[Credentials]]
"""Gives a token up for what comes of it: whole credentials, as they are to be kept. Raises `ProviderError`."""


class TokenKeeper(Protocol):
    """Keeps the credentials of one integration."""

    async def renewed(self, held: Credentials, spend: Spend) -> Credentials:
        """What is to be used in the place of `held`, and is kept for good by the time that this returns.

        Where somebody else has replaced them meanwhile it is theirs, and nothing is spent. Of all processes one spends
        at a time. Raises what `spend` raises, `Unavailable` while another process is at it, and `CredentialsRefused`
        where the integration has no credentials any more.
        """
        ...
