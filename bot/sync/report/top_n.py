"""The first of many, and how many there are."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class TopN(Generic[T]):
    """The `first` of many, and how many there are in `total`."""

    __slots__ = ("_room", "first", "total")

    def __init__(self, room: int) -> None:
        self._room = room
        self.first: list[T] = []
        self.total = 0

    def add(self, one: T) -> None:
        """Count one more, and keep it while there is room."""
        self.total += 1
        if len(self.first) < self._room:
            self.first.append(one)
