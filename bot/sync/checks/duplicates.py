"""People who are in the source twice, or share what must be one person's own."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.sync.checks.context import has_left
from bot.sync.checks.findings import finding
from bot.sync.compare.match import Clue, bare_identity, clues
from bot.sync.compressed import HashIndex

Marks = Mapping[str, int]
"""What must be one person's own, by its kind (number, identity, person, bank), each as a hash."""

Marker = Callable[[str], int]
"""A hash of a text into 64 bits."""


class Duplicates:
    """Takes in people one by one and keeps only hashes (made with `marker`) and ids of them; who shares a mark is told
    in the order in which it was noticed."""

    def __init__(self, marker: Marker = hash) -> None:
        self._marker = marker
        self._ids: list[str] = []
        self._left = bytearray()
        self._identities = array("Q")
        self._marks = HashIndex()
        self._shared: dict[int, str] = {}

    def add(self, employee: Employee, *, left: bool) -> None:
        """Take in a person; `left` people give way to active ones with the same number."""
        self.add_marks(employee.source_id, marks_of(employee, self._marker), left=left)

    def add_marks(self, source_id: str, marks: Marks, *, left: bool) -> None:
        """Take in a person by marks that the same marker made. Of those who have left, the number's is enough."""
        holder = len(self._ids)
        self._ids.append(source_id)
        self._left.append(left)
        self._identities.append(0)
        for kind, mark in marks.items():
            if kind == "identity":
                self._identities[holder] = mark & (2**64 - 1)
            if mark not in self._shared and self._marks.of(mark):
                self._shared[mark] = kind
            self._marks.add(mark, holder)

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Source id and finding, for everyone who is doubled."""
        for mark, kind in self._shared.items():
            holders = self._marks.of(mark)
            active = [holder for holder in holders if not self._left[holder]]
            if kind == "number" and len(active) == 1:
                former = (holder for holder in holders if self._left[holder])
                yield from ((self._ids[holder], finding("duplicate.former")) for holder in former)
                continue
            doubled = holders if kind == "number" else active
            if len(doubled) > 1 and not (kind == "person" and self._told_apart(doubled)):
                count = len(doubled)
                yield from ((self._ids[holder], finding(f"duplicate.{kind}", count=count)) for holder in doubled)

    def _told_apart(self, holders: list[int]) -> bool:
        """Whether namesakes born on one day have identity numbers, each their own."""
        known = {mark for holder in holders if (mark := self._identities[holder])}
        return len(known) == len(holders)


def across(employees: Iterable[Employee], today: date) -> dict[str, list[Finding]]:
    """What is doubled within some employees, by source id."""
    duplicates = Duplicates()
    for employee in employees:
        duplicates.add(employee, left=has_left(employee, today))
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for source_id, doubled in duplicates.findings():
        found[source_id].append(doubled)
    return dict(found)


def marks_of(employee: Employee, marker: Marker) -> Marks:
    """The marks of a person."""
    return {kind: marker("\x1f".join((kind, *clue))) for kind, clue in _marks(employee)}


def number_mark(number: str, marker: Marker) -> Marks:
    """The mark of an employee number alone."""
    number = number.strip()
    return {"number": marker("\x1f".join(("number", number)))} if number else {}


def _marks(employee: Employee) -> Iterator[tuple[str, Clue]]:
    if number := employee.number.strip():
        yield "number", (number,)
    if employee.identity and (bare := bare_identity(employee.identity.value)):
        yield "identity", (bare,)
    yield from (("person", clue) for clue in clues(employee) if clue[0] == "name_birth_date")
    if employee.bank and employee.bank.number:
        digits = "".join(filter(str.isdigit, (employee.bank.clearing or "") + employee.bank.number))
        if digits:
            yield "bank", (digits,)
