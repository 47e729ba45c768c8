"""Many changes and target people in little memory: JSON, compressed some people together, decoded when looked at.

The trade-off: about 0.3 ms of work per person against some 10 kB of memory. The index and the plan of 100,000 people
take some 50 MB instead of a gigabyte, and old values are still at hand for the preview, which a hash per field would
not give.
"""

from __future__ import annotations

import json
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate
from typing import Any, overload

from bot.domain.change import Change
from bot.providers.protocol import TargetPerson
from bot.sync.codec import (
    change_from_json,
    change_to_json,
    finding_from_json,
    finding_to_json,
    record_from_json,
    record_to_json,
)

BLOCK = 32
"""Values that are compressed together: alike as they are, they take less than half of what each would alone."""

RUN = 8_192
"""Marks that are sorted together: some milliseconds of work."""

_WINDOW, _64_BITS = 32_768, 2**64 - 1
_SIEVE = 2**22


class CompressedBytes:
    """Pieces of bytes by position, added at the end."""

    def __init__(self) -> None:
        self._dictionary = b""
        self._blocks: list[bytes] = []
        self._lengths = array("I")
        self._fresh: list[bytes] = []
        self._opened: tuple[int, bytes, list[int]] = (-1, b"", [])

    def append(self, piece: bytes) -> int:
        """Add a piece and give its position."""
        self._fresh.append(piece)
        self._lengths.append(len(piece))
        if len(self._fresh) == BLOCK:
            whole = b"".join(self._fresh)
            self._blocks.append(self._pack(whole))
            self._fresh.clear()
            # The first block teaches the vocabulary to all that follow.
            self._dictionary = self._dictionary or whole[-_WINDOW:]
        return len(self._lengths) - 1

    def __len__(self) -> int:
        return len(self._lengths)

    def __getitem__(self, position: int) -> bytes:
        block, place = divmod(position, BLOCK)
        if block == len(self._blocks):
            return self._fresh[place]
        if self._opened[0] != block:
            ends = list(accumulate(self._lengths[block * BLOCK : (block + 1) * BLOCK], initial=0))
            self._opened = (block, self._unpack(block), ends)
        _, whole, ends = self._opened
        return whole[ends[place] : ends[place + 1]]

    def _pack(self, whole: bytes) -> bytes:
        press = zlib.compressobj(level=5, wbits=-15, zdict=self._dictionary)
        return press.compress(whole) + press.flush()

    def _unpack(self, block: int) -> bytes:
        press = zlib.decompressobj(wbits=-15, zdict=self._dictionary if block else b"")
        return press.decompress(self._blocks[block]) + press.flush()


class CompressedList:
    """JSON values by position. They are added at the end and can be replaced, never removed."""

    def __init__(self) -> None:
        self._pieces = CompressedBytes()
        self._replaced: dict[int, bytes] = {}

    def append(self, value: Any) -> int:
        """Add a value and give its position."""
        return self._pieces.append(_raw(value))

    def replace(self, position: int, value: Any) -> None:
        """Put another value in the place of one."""
        self._replaced[position] = zlib.compress(_raw(value))

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, position: int) -> Any:
        if not 0 <= position < len(self):
            raise IndexError(position)
        if (replaced := self._replaced.get(position)) is not None:
            return json.loads(zlib.decompress(replaced))
        return json.loads(self._pieces[position])

    def __iter__(self) -> Iterator[Any]:
        return (self[position] for position in range(len(self)))


def _raw(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


class HashIndex:
    """Who bears which mark: 12 bytes for each, where a dict would take more than a hundred.

    Marks are hashes of 64 bits, bearers numbers from 0. They are kept in sorted runs, none of which takes long to make;
    a bit for each mark tells most of those that nobody bears without a look at the runs.
    """

    def __init__(self) -> None:
        self._sieve = bytearray(_SIEVE // 8)
        self._runs: list[tuple[array[int], array[int]]] = []
        self._fresh: dict[int, list[int]] = {}
        self._count = 0

    def add(self, mark: int, bearer: int) -> None:
        """Note that somebody bears a mark."""
        mark &= _64_BITS
        self._sieve[mark % _SIEVE >> 3] |= 1 << (mark & 7)
        self._fresh.setdefault(mark, []).append(bearer)
        self._count += 1
        if self._count == RUN:
            marks, bearers = array("Q"), array("I")
            for known in sorted(self._fresh):
                marks.extend([known] * len(self._fresh[known]))
                bearers.extend(self._fresh[known])
            self._runs.append((marks, bearers))
            self._fresh, self._count = {}, 0

    def of(self, mark: int) -> list[int]:
        """Everyone who bears a mark, in the order in which they were noted."""
        mark &= _64_BITS
        if not self._sieve[mark % _SIEVE >> 3] & 1 << (mark & 7):
            return []
        found: list[int] = []
        for marks, bearers in self._runs:
            place = bisect_left(marks, mark)
            while place < len(marks) and marks[place] == mark:
                found.append(bearers[place])
                place += 1
        return found + self._fresh.get(mark, [])


class CompressedChanges(Sequence[Change]):
    """A list of changes that decodes an item when it is read. Items can be replaced, never removed."""

    def __init__(self) -> None:
        self._shelf = CompressedList()

    def append(self, change: Change) -> int:
        """Add a change and give its position."""
        return self._shelf.append(change_to_json(change))

    def replace(self, position: int, change: Change) -> None:
        """Put another change in the place of one."""
        self._shelf.replace(position, change_to_json(change))

    def as_json(self) -> Iterator[Any]:
        """What `bot.sync.codec` makes of each change, in their order."""
        return iter(self._shelf)

    def __len__(self) -> int:
        return len(self._shelf)

    def __iter__(self) -> Iterator[Change]:
        return map(change_from_json, self._shelf)

    @overload
    def __getitem__(self, index: int) -> Change: ...

    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...

    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        if isinstance(index, slice):
            return [change_from_json(self._shelf[position]) for position in range(len(self))[index]]
        return change_from_json(self._shelf[range(len(self))[index]])


class CompressedPeople:
    """Target people by position, with their records."""

    def __init__(self) -> None:
        self._pieces = CompressedBytes()

    def append(self, person: TargetPerson) -> int:
        """Add a person and give their position."""
        return self._pieces.append(packed(person))

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, position: int) -> TargetPerson:
        return unpacked(self._pieces[position])


def packed(person: TargetPerson) -> bytes:
    """Everything of a target's person: equal people are packed alike."""
    return _raw(
        [
            person.id,
            person.number,
            person.first_name,
            person.last_name,
            person.birth_date.isoformat() if person.birth_date else None,
            person.email,
            person.identity,
            record_to_json(person.record),
            [finding_to_json(one) for one in person.waiting],
            [[start and start.isoformat(), finding_to_json(one)] for start, one in person.unclear.items()],
        ]
    )


def unpacked(content: bytes) -> TargetPerson:
    """The person that `packed` took."""
    ident, number, first, last, born, email, identity, record, waiting, unclear = json.loads(content)
    return TargetPerson(
        id=ident,
        number=number,
        first_name=first,
        last_name=last,
        birth_date=date.fromisoformat(born) if born else None,
        email=email,
        identity=identity,
        record=record_from_json(record),
        waiting=tuple(finding_from_json(one) for one in waiting),
        unclear={start and date.fromisoformat(start): finding_from_json(one) for start, one in unclear},
    )
