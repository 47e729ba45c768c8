"""Everyone as a file for the person who asked. The runs make it; who hands it over, and how, is not theirs to know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.providers.protocol import PackedFile

Hand = Callable[[PackedFile, int], Awaitable[None]]
"""Hands a file with so many people to whoever asked for it."""


class FileRecipient(Protocol):
    """Hands files of runs to people."""

    async def give(self, run_id: str, file: PackedFile, people: int) -> None:
        """Give a file to the person who asked for the run and to nobody else, and record it. May come twice.

        Raises `NotPermitted` when the person may not have it, or not any more, and `Unavailable` when it could not be
        handed over.
        """
        ...
