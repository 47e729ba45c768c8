"""Many changes and target people in little memory: each is kept as compressed JSON and decoded when it is looked at.

The trade-off: about 0.3 ms of work per person against some 10 kB of memory. The index and the plan of 100,000 people
take about 150 MB instead of a gigabyte, and old values are still at hand for the preview, which a hash per field would
not give.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, overload

from bot.providers.protocol import TargetPerson
from bot.sync.change import Change
from bot.sync.codec import change_from_json, change_to_json, record_from_json, record_to_json


class Packer:
    """Compresses like-shaped JSON values; the first one teaches the vocabulary to all that follow."""

    def __init__(self) -> None:
        self._dictionary = b""

    def pack(self, value: Any) -> bytes:
        """The value as bytes that only this packer can read."""
        raw = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        if not self._dictionary:
            self._dictionary = raw[-32768:]
        press = zlib.compressobj(level=3, wbits=-15, memLevel=5, zdict=self._dictionary)
        return press.compress(raw) + press.flush()

    def unpack(self, packed: bytes) -> Any:
        """The value that `pack` was given."""
        press = zlib.decompressobj(wbits=-15, zdict=self._dictionary)
        return json.loads(press.decompress(packed) + press.flush())


class Changes(Sequence[Change]):
    """A list of changes that decodes an item when it is read. Items can be replaced, never removed."""

    def __init__(self) -> None:
        self._packer = Packer()
        self._packed: list[bytes] = []

    def append(self, change: Change) -> int:
        """Add a change and give its position."""
        self._packed.append(self._packer.pack(change_to_json(change)))
        return len(self._packed) - 1

    def replace(self, position: int, change: Change) -> None:
        """Put another change in the place of one."""
        self._packed[position] = self._packer.pack(change_to_json(change))

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[Change]:
        return (self._read(packed) for packed in self._packed)

    @overload
    def __getitem__(self, index: int) -> Change: ...

    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...

    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        if isinstance(index, slice):
            return [self._read(packed) for packed in self._packed[index]]
        return self._read(self._packed[index])

    def _read(self, packed: bytes) -> Change:
        return change_from_json(self._packer.unpack(packed))


class PackedPeople:
    """Target people by position, with their records."""

    def __init__(self) -> None:
        self._packer = Packer()
        self._packed: list[bytes] = []

    def append(self, person: TargetPerson) -> int:
        """Add a person and give their position."""
        self._packed.append(
            self._packer.pack(
                [
                    person.id,
                    person.number,
                    person.first_name,
                    person.last_name,
                    person.birth_date.isoformat() if person.birth_date else None,
                    person.email,
                    person.identity,
                    record_to_json(person.record),
                ]
            )
        )
        return len(self._packed) - 1

    def __len__(self) -> int:
        return len(self._packed)

    def __getitem__(self, position: int) -> TargetPerson:
        ident, number, first, last, born, email, identity, record = self._packer.unpack(self._packed[position])
        return TargetPerson(
            id=ident,
            number=number,
            first_name=first,
            last_name=last,
            birth_date=date.fromisoformat(born) if born else None,
            email=email,
            identity=identity,
            record=record_from_json(record),
        )
