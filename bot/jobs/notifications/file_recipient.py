"""The port through which a run gives a file to the person who asked; how it reaches them is not the run's to know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.providers.protocol import PackedFile

Hand = Callable[[PackedFile, int], Awaitable[None]]
"""Gives a file with so many people to the requester."""


class FileRecipient(Protocol):
    """Hands files of runs to people."""

    async def give(self, run_id: str, file: PackedFile, people: int) -> None:
        """Give a file to the person who asked for the run and to nobody else, and record it. May come twice.

        Raises `NotPermitted` when the person may not have it, or not any more, and `Unavailable` when it could not be
        handed over.
        """
        ...
