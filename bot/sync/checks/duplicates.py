"""People who are in the source twice, or share what must be one person's own."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from bot.core.likeness import name_marks, number_form
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.sync.checks.context import has_left
from bot.sync.checks.findings import finding
from bot.sync.compare.match import account_forms, bare_identity
from bot.sync.compressed import HashIndex

Marks = tuple[tuple[str, int], ...]
"""What must be one person's own: its kind (one of `KINDS`) and a hash. A person may have several of a kind."""

KINDS = ("number", "like", "identity", "person", "account", "bank")
"""Employee number as it is written, and as it would be read; identity number; name and birth date; bank account and
birth date; bank account alone. No two begin with the same letter."""

_CODES = {"like": "number_alike", "account": "bank_birth_date"}

Marker = Callable[[str], int]
"""A hash of a text into 64 bits."""


class Duplicates:
    """Takes in people one by one and keeps only hashes (made with `marker`) and ids of them; who shares a mark is told
    by kind (`KINDS`), and within one in the order in which it was noticed."""

    def __init__(self, marker: Marker = hash) -> None:
        self._marker = marker
        self._ids: list[str] = []
        self._left = bytearray()
        self._identities, self._numbers = array("Q"), array("Q")
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
        self._numbers.append(0)
        for kind, mark in marks:
            if kind in ("identity", "number"):
                own = self._identities if kind == "identity" else self._numbers
                own[holder] = mark & (2**64 - 1)
            if mark not in self._shared and self._marks.of(mark):
                self._shared[mark] = kind
            self._marks.add(mark, holder)

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Source id and finding, for everyone who is doubled; each kind once."""
        told: set[tuple[int, str]] = set()
        # By kind: of those who left not all marks are always taken in, which must not change the order.
        for mark, kind in sorted(self._shared.items(), key=lambda one: KINDS.index(one[1])):
            holders = list(dict.fromkeys(self._marks.of(mark)))
            active = [holder for holder in holders if not self._left[holder]]
            if kind == "number" and len(active) == 1:
                former = (holder for holder in holders if self._left[holder])
                yield from ((self._ids[holder], finding("duplicate.former")) for holder in former)
                continue
            doubled = holders if kind == "number" else active
            if len(doubled) < 2 or (kind in ("person", "account") and self._told_apart(doubled)):
                continue
            if kind == "like" and len({self._numbers[holder] for holder in doubled}) < 2:
                continue  # one and the same number: that is told by itself
            for holder in doubled:
                if (holder, kind) not in told:
                    told.add((holder, kind))
                    yield self._ids[holder], finding(f"duplicate.{_CODES.get(kind, kind)}", count=len(doubled))

    def _told_apart(self, holders: list[int]) -> bool:
        """Whether people born on one day, of one name or account, have identity numbers, each their own."""
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
    return tuple((kind, marker("\x1f".join((kind, *what)))) for kind, what in _marks(employee))


def number_mark(number: str, marker: Marker) -> Marks:
    """The mark of an employee number alone."""
    number = number.strip()
    return (("number", marker("\x1f".join(("number", number)))),) if number else ()


def _marks(employee: Employee) -> Iterator[tuple[str, tuple[str, ...]]]:
    if number := employee.number.strip():
        yield "number", (number,)
        if form := number_form(number):
            yield "like", (form,)
    if employee.identity and (bare := bare_identity(employee.identity.value)):
        yield "identity", (bare,)
    accounts = sorted(account_forms(employee.bank))
    if employee.birth_date is not None:
        born = employee.birth_date.isoformat()
        yield from (("person", (mark, born)) for mark in sorted(name_marks(employee.name)))
        yield from (("account", (account, born)) for account in accounts)
    yield from (("bank", (account,)) for account in accounts)
