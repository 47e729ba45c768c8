"""People who are in the source twice, or share what must be one person's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from bot.sync.change import Finding
from bot.sync.checks.catalogue import finding
from bot.sync.checks.context import has_left
from bot.sync.employee import Employee
from bot.sync.match import Clue, bare_identity, clues


class Duplicates:
    """Takes in people one by one and keeps only hashes and ids of them."""

    def __init__(self) -> None:
        self._holders: dict[int, str | list[str]] = {}
        self._left: set[str] = set()
        self._kinds: dict[int, str] = {}
        self._identities: dict[str, int] = {}

    def add(self, employee: Employee, *, left: bool) -> None:
        """Take in a person; `left` people give way to active ones with the same number."""
        if left:
            self._left.add(employee.source_id)
        for kind, clue in _marks(employee):
            mark = hash((kind, clue))
            if kind == "identity":
                self._identities[employee.source_id] = mark
            holders = self._holders.get(mark)
            if holders is None:
                self._holders[mark] = employee.source_id
                continue
            self._kinds[mark] = kind
            known = [holders] if isinstance(holders, str) else holders
            self._holders[mark] = [*known, employee.source_id]

    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Source id and finding, for everyone who is doubled."""
        for mark, kind in self._kinds.items():
            holders = self._holders[mark]
            assert isinstance(holders, list)
            active = [source_id for source_id in holders if source_id not in self._left]
            if kind == "number" and len(active) == 1:
                former = (source_id for source_id in holders if source_id in self._left)
                yield from ((source_id, finding("duplicate.former")) for source_id in former)
                continue
            doubled = holders if kind == "number" else active
            if len(doubled) > 1 and not (kind == "person" and self._told_apart(doubled)):
                count = len(doubled)
                yield from ((source_id, finding(f"duplicate.{kind}", count=count)) for source_id in doubled)

    def _told_apart(self, holders: list[str]) -> bool:
        """Whether namesakes born on one day have identity numbers, each their own."""
        known = {self._identities[source_id] for source_id in holders if source_id in self._identities}
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
