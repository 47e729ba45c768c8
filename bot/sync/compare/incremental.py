"""The incremental read: what a run makes of people it need not read whole, and what it keeps of those it did."""

from __future__ import annotations

from collections.abc import Callable, Set

from bot.domain.change import Change, ChangeKind, Person
from bot.domain.employee import Employee, EmployeeState
from bot.domain.findings import Finding
from bot.domain.scope import Parents
from bot.sync.checks import has_left
from bot.sync.checks.duplicates import Marks, number_mark
from bot.sync.checks.findings import finding
from bot.sync.compare.change_detection import ChangeDetection
from bot.sync.compare.fingerprints import Fingerprinter
from bot.sync.compare.last_look import LastLook
from bot.sync.compare.match import MatchDecision
from bot.sync.plan.request import PlanRequest

Seen = Employee | EmployeeState
"""Somebody whole, or only their state."""


class IncrementalFilter:
    """Judges, for one plan, who is as before.

    `holds` tells of a source id whether the target has nobody in that person's way (`Comparer.holds`). `outside`
    gathers what is to be kept of people outside the scope: a trace by source id, "" to forget the former one.
    """

    def __init__(
        self,
        request: PlanRequest,
        traces: Fingerprinter,
        recognition: ChangeDetection,
        holds: Callable[[str], bool],
        parents: Parents,
    ) -> None:
        self._request, self._traces, self._recognition = request, traces, recognition
        self._holds, self._parents = holds, parents
        self.outside: dict[str, str] = {}

    def in_scope(self, seen: Seen) -> bool:
        """Whether the scope selects somebody."""
        person = seen.summary if isinstance(seen, EmployeeState) else seen
        return self._request.scope.selects(person, self._parents)

    def selects(self, seen: Seen) -> bool:
        """Whether the plan is about somebody: in the scope, and among those whom it is narrowed to."""
        only = self._request.only
        return self.in_scope(seen) and (only is None or seen.source_id in only)

    def as_before(self, seen: EmployeeState) -> bool:
        """Whether all that the plan has to know of somebody is known without looking at them whole."""
        remembered = self._request.memory.get(seen.source_id)
        if has_left(seen, self._request.today) and (remembered is None or not self.in_scope(seen)):
            return True  # nothing is made of them, whatever else they are
        known = self._known(seen)
        if known is None or not self.selects(seen):
            return known is not None
        if remembered is None or not remembered.fingerprint or not remembered.settled or not known.inside:
            return False
        return self._holds(seen.source_id)

    def change(self, seen: EmployeeState) -> Change:
        """The change of somebody whom the plan is about and who is as before, or left before we knew them."""
        remembered = self._request.memory.get(seen.source_id)
        resolution = self._request.resolutions.get(seen.source_id)
        if remembered is None:
            skipped = resolution is not None and resolution.decision is MatchDecision.SKIP
            why: Finding = finding("number.skipped_by_choice" if skipped else "person.left")
            return Change(ChangeKind.SKIP, self.person(seen), findings=(why,))
        fingerprint, trace = remembered.fingerprint, remembered.trace
        return Change(ChangeKind.UNCHANGED, self.person(seen), source_fingerprint=fingerprint, trace=trace, unread=True)

    def marks(self, seen: EmployeeState) -> Marks:
        """What must be the person's own; of somebody who has left, the number."""
        if has_left(seen, self._request.today):
            return number_mark(seen.summary.number, self._traces.value_digest)
        known = self._known(seen)
        return known.marks if known is not None else ()

    def person(self, seen: Seen) -> Person:
        """Who somebody is."""
        known = self._request.memory.get(seen.source_id)
        shown = seen.summary if isinstance(seen, EmployeeState) else seen
        return Person(seen.source_id, shown.number, shown.name, known.target_id if known else None)

    def look(self, employee: Employee, *, inside: bool = True) -> str:
        """What to keep of a look at somebody whole."""
        return self._recognition.trace(employee, self._request.resolutions.get(employee.source_id), inside=inside)

    def note_outside(self, employee: Employee) -> None:
        """Take note of somebody outside the scope who was looked at whole."""
        trace = self.look(employee, inside=False)
        if trace != self._trace_of(employee.source_id):
            self.outside[employee.source_id] = trace

    def forget_outside(self, seen: Set[str]) -> None:
        """Let go of people outside the scope who are not among those whom the source has shown."""
        for source_id in self._request.outside.keys() - seen:
            self.outside[source_id] = ""

    def _known(self, seen: EmployeeState) -> LastLook | None:
        resolution = self._request.resolutions.get(seen.source_id)
        return self._recognition.known(seen, self._trace_of(seen.source_id), resolution)

    def _trace_of(self, source_id: str) -> str:
        remembered = self._request.memory.get(source_id)
        return remembered.trace if remembered is not None else self._request.outside.get(source_id, "")
