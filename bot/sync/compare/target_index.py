"""Everyone in the target, found by number, id, or what gives somebody away under another number.

People are kept as they were shown, and understood when somebody asks for them: of most, that they are as before is all
that a run needs to know (`bot.sync.compare.verdict`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.change import SAME_PERSON_BY, Lookalike
from bot.domain.employee import Employee
from bot.providers.protocol import TargetPerson
from bot.providers.shown_people import ShownPerson
from bot.sync.compare.fingerprints import SyncedPerson
from bot.sync.compare.match import MatchDecision, Resolution, clues, resemblances, target_clues
from bot.sync.compressed import CompressedBytes, HashIndex, packed, unpacked

DIGEST_BYTES = 16

_BREATH = 50
"""People between two pauses, at some tenths of a millisecond each."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who somebody is in the target, and a digest of all that it shows of them. It has no key: it is never kept."""

    target_id: str
    digest: bytes = field(repr=False)


class TargetIndex:
    """Everyone in the target. `understood` makes the person of what `add_shown` was given."""

    def __init__(self, understood: Callable[[bytes], TargetPerson] = unpacked) -> None:
        self._understood = understood
        self._contents = CompressedBytes()
        self._known_ids: list[str] = []
        self._known_numbers: list[str] = []
        self._digests = bytearray()
        self._ids, self._numbers = HashIndex(), HashIndex()
        self._clues: HashIndex | None = None

    def __len__(self) -> int:
        return len(self._contents)

    def add(self, person: TargetPerson) -> None:
        """Take in a person. One who was seen before is kept once: a page may have shifted while it was read."""
        self.add_shown(ShownPerson(person.id, person.number, packed(person)))

    def add_shown(self, shown: ShownPerson) -> None:
        """The same, for a person who need not be understood yet."""
        if self._position(shown.id) is not None:
            return
        position = self._contents.append(shown.content)
        number = shown.number.strip()
        self._known_ids.append(shown.id)
        self._known_numbers.append(number)
        self._digests += hashlib.blake2b(shown.content, digest_size=DIGEST_BYTES).digest()
        self._ids.add(hash(shown.id), position)
        if number:
            self._numbers.add(hash(number), position)

    def by_id(self, target_id: str) -> TargetPerson | None:
        """The person with the target's own id."""
        position = self._position(target_id)
        return None if position is None else self._person(position)

    def by_number(self, number: str) -> list[TargetPerson]:
        """Everyone with exactly this employee number; nobody for an empty one."""
        return [self._person(position) for position in self._with_number(number)]

    def has_number(self, number: str) -> bool:
        """Whether somebody has exactly this employee number."""
        return bool(self._with_number(number))

    def held(self, number: str, remembered: SyncedPerson | None, resolution: Resolution | None) -> Held | None:
        """Who an employee is for `match`, where their number, what is remembered of them and what a human said tell it
        alone; None where more of them has to be known."""
        if resolution is not None and resolution.decision is MatchDecision.SAME and resolution.target_id is not None:
            position = self._position(resolution.target_id)
        else:
            hits = self._with_number(number)
            position = hits[0] if len(hits) == 1 else None
            if remembered is None or position is None or self._known_ids[position] != remembered.target_id:
                return None
        if position is None:
            return None
        place = position * DIGEST_BYTES
        return Held(self._known_ids[position], bytes(self._digests[place : place + DIGEST_BYTES]))

    async def know_clues(self) -> None:
        """Understand everybody, once: to be awaited before `lookalikes` and `doubles`."""
        if self._clues is not None:
            return
        found = HashIndex()
        for position in range(len(self)):
            if position % _BREATH == 0:
                await asyncio.sleep(0)
            for mark in {hash(clue) for clue in target_clues(self._person(position))}:
                found.add(mark, position)
        self._clues = found

    def lookalikes(self, employee: Employee) -> tuple[Lookalike, ...]:
        """People who may be the employee, with the strongest sign for each."""
        positions = self._bearing(clues(employee))
        if employee.birth_date is None:
            # Nothing but a name or an account may tell, which of people with a birth date is not kept as a clue.
            positions = set(range(len(self)))
        return resemblances(employee, [self._person(position) for position in sorted(positions)])

    def doubles(self, employee: Employee, hit: TargetPerson) -> tuple[Lookalike, ...]:
        """People besides `hit` who are the employee by what only one person has (`SAME_PERSON_BY`)."""
        positions = self._bearing([clue for clue in clues(employee) if clue[0] in SAME_PERSON_BY])
        own = self._position(hit.id)
        people = [self._person(position) for position in sorted(positions) if position != own]
        return tuple(alike for alike in resemblances(employee, people) if alike.by in SAME_PERSON_BY)

    def _bearing(self, wanted: list[tuple[str, ...]]) -> set[int]:
        assert self._clues is not None, "know_clues was not awaited"
        return {position for clue in wanted for position in self._clues.of(hash(clue))}

    def _person(self, position: int) -> TargetPerson:
        return self._understood(self._contents[position])

    def _position(self, target_id: str) -> int | None:
        found = self._ids.of(hash(target_id))
        return next((position for position in found if self._known_ids[position] == target_id), None)

    def _with_number(self, number: str) -> list[int]:
        wanted = number.strip()
        found = self._numbers.of(hash(wanted)) if wanted else []
        return [position for position in found if self._known_numbers[position] == wanted]
