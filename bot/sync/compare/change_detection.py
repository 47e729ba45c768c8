"""Change detection: who need not be read whole, by a keyed fingerprint of their state in the source.

A person is as before when nothing that the source shows has changed since the last look, nothing that their record
and the checks are made with has changed either, and no day has come in between on which either could turn out
otherwise. What is kept of a look is a `LastLook`. `README.md` beside this module says how the digests work together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from bot.domain.employee import Employee, EmployeeState
from bot.sync.checks.duplicates import Marks, marks_of
from bot.sync.compare.fingerprints import Fingerprinter
from bot.sync.compare.last_look import LastLook
from bot.sync.compare.match import Resolution

AROUND = timedelta(days=3)
"""How near to a day in their data a person is looked at whole. All rules turn on the day itself or on the next one; the
rest is for time zones, and for a clock that is set back."""


class ChangeDetection:
    """Makes traces of people who were looked at whole, and recognises people by them.

    `ground` is everything besides the person that records and checks are made with: the code, settings, the target's
    lists, its environment and countries. `today` is the day of the run.
    """

    def __init__(self, traces: Fingerprinter, ground: Mapping[str, object], today: date) -> None:
        self._traces = traces
        self._today = today
        whole = "\x1e".join(f"{name}={ground[name]}" for name in sorted(ground))
        # Once: a target's lists may be long, and everybody is looked at under them.
        self.ground = traces.fingerprint("ground\x1e" + whole)

    def trace(self, employee: Employee, resolution: Resolution | None, *, inside: bool) -> str:
        """What to keep of a look at somebody; "" when they must be looked at whole the next time as well."""
        ahead = list(days_of(employee, self._today))
        if not employee.state or any(abs(day - self._today) <= AROUND for day in ahead):
            return ""
        until = min((day - AROUND for day in ahead if day > self._today), default=date.max)
        marks = marks_of(employee, self._traces.value_digest)
        state, marks = self._of(employee.state, resolution), self._masked(employee.source_id, marks)
        return LastLook(inside, state, self._today, until, marks).encode()

    def known(self, sighting: EmployeeState, trace: str, resolution: Resolution | None) -> LastLook | None:
        """The person as they were at the look that left `trace`; None when they must be looked at whole."""
        look = LastLook.decode(trace)
        if look is None or not sighting.state or not look.holds_on(self._today):
            return None
        if look.state != self._of(sighting.state, resolution):
            return None
        return replace(look, marks=self._masked(sighting.source_id, look.marks))

    def _masked(self, source_id: str, marks: Marks) -> Marks:
        """Marks as they are kept, and from those the marks again: what two people share is not seen in what is kept."""
        mask = self._traces.value_digest
        return tuple((kind, mark ^ mask(f"kept|{source_id}|{place}")) for place, (kind, mark) in enumerate(marks))

    def _of(self, state: str, resolution: Resolution | None) -> str:
        return self._traces.fingerprint("look\x1e" + "\x1e".join((state, decided(resolution), self.ground)))[:32]


def decided(resolution: Resolution | None) -> str:
    """What a human has decided of somebody, as a text to compare."""
    return "" if resolution is None else f"{resolution.decision}|{resolution.target_id}|{resolution.others}"


def days_of(employee: Employee, today: date) -> Iterator[date]:
    """Every day in somebody's data, and the birthdays around `today`: nothing about them turns on any other day."""
    yield from own_days_of(employee)
    if employee.birth_date is not None:
        yield from (_birthday(employee.birth_date, today.year + years) for years in (-1, 0, 1))


def own_days_of(employee: Employee) -> Iterator[date]:
    """Every day in somebody's data, but for birthdays."""
    for job in employee.employments:
        yield job.start
        if job.end is not None:
            yield job.end
    yield from (pay.effective for pay in employee.compensations)
    for week in employee.work_weeks:
        yield week.effective
        if week.until is not None:
            yield week.until
    yield from (day for day in (employee.hire_date, employee.end_date) if day is not None)


def _birthday(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:  # the 29th of February
        return date(year, 3, 1)
