"""Who of those whom a file target was given has an identity number, by what is remembered of the deliveries.

Whoever comes back may have a new record in the source, and a new employee number with it: the system behind a file
target would have them twice, or refuse them.
"""

from __future__ import annotations

import asyncio

from bot.domain.record import Level, Record, Value
from bot.sync.compare.fingerprints import IDENTITY, Fingerprinter, Memory
from bot.sync.compressed import HashIndex

BREATH = 200
"""People between two pauses of the indexing, at some twenty microseconds each."""


class DeliveredIdentities:
    """An index of the values delivered to each person of `memory`, made when it is first asked for.

    A delivery in doubt has no marks of values, and is not found.
    """

    def __init__(self, traces: Fingerprinter, memory: Memory) -> None:
        self._traces = traces
        self._memory = memory
        self._remembered = list(memory)
        self._marks: HashIndex | None = None

    async def former(self, source_id: str, record: Record) -> str | None:
        """The number under which the person of a record was delivered from another record of the source."""
        if (identity := _identity_of(record)) is None:
            return None
        if self._marks is None:
            self._marks = await self._indexed()
        mark = self._traces.identity_mark(identity)
        others = (self._remembered[bearer] for bearer in self._marks.of(mark))
        return next((self._memory[other].target_id for other in others if other != source_id), None)

    def is_of(self, source_id: str, record: Record) -> bool:
        """Whether somebody remembered is the very person of a record."""
        identity = _identity_of(record)
        wrote = self._traces.wrote(self._memory[source_id].fingerprint, source_id)
        return identity is not None and wrote(Level.PERSON, (), IDENTITY, identity)

    async def _indexed(self) -> HashIndex:
        marks = HashIndex()
        for bearer, source_id in enumerate(self._remembered):
            if bearer % BREATH == 0:
                await asyncio.sleep(0)
            for mark in self._traces.value_marks(self._memory[source_id].fingerprint):
                marks.add(mark, bearer)
        return marks


def _identity_of(record: Record) -> Value:
    return next((part.values.get(IDENTITY) or None for part in record if part.level is Level.PERSON), None)
