"""What stands in the way of parts that have to be made, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.domain.findings import Finding
from bot.domain.record import Address, Level, Record, Value
from bot.providers.protocol import Desired, TargetPerson
from bot.sync.checks.findings import finding
from bot.sync.compare.fingerprints import Fingerprinter


class Arrivals:
    """Findings on parts that are new to the target, and marks of what each new person takes for themselves there."""

    def __init__(self, traces: Fingerprinter) -> None:
        self._traces = traces
        self._taken: set[int] = set()

    def on_parts(self, desired: Desired, new_parts: Sequence[Address]) -> list[Finding]:
        """What the target said of parts in case they have to be made."""
        return [found for address in new_parts for found in desired.when_new.get(address, ())]

    def on_person(
        self, desired: Desired, new_parts: Sequence[Address], told_apart: Sequence[TargetPerson] = ()
    ) -> list[Finding]:
        """The same of a new person, and what has been taken already: by another one created in the same run, or by one
        in the target whom a human has said to be somebody else (`told_apart`)."""
        taken = [finding(f"duplicate.{name}") for name in desired.exclusive if _has(name, desired, told_apart)]
        return [*self.on_parts(desired, new_parts), *desired.when_empty.values(), *(taken or self._shared(desired))]

    def _shared(self, desired: Desired) -> Iterator[Finding]:
        values = _of_person(desired.record)
        for name in desired.exclusive:
            if value := _compared(values.get(name)):
                mark = self._traces.value_digest(f"exclusive|{name}|{value}")
                if mark in self._taken:
                    yield finding(f"duplicate.{name}")
                self._taken.add(mark)


def _has(name: str, desired: Desired, told_apart: Sequence[TargetPerson]) -> bool:
    """Whether one of some people has what a new person needs for themselves, whatever else they look alike in."""
    value = _compared(_of_person(desired.record).get(name))
    return bool(value) and any(value == _compared(_of_person(other.record).get(name)) for other in told_apart)


def _of_person(record: Record) -> Mapping[str, Value]:
    return next((part.values for part in record if part.level is Level.PERSON), {})


def _compared(value: Value) -> str:
    return str(value or "").strip().casefold()
