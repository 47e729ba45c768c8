"""Change detection: who need not be read whole, by a keyed fingerprint of their state in the source.

A person is as before when nothing that the source shows has changed since the last look, nothing that their record
and the checks are made with has changed either, and no day has come in between on which either could turn out
otherwise. What is kept of a look is one text without a value in it, `<place><fingerprint>.<looked>.<until>.<marks>`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.employee import Employee, EmployeeState
from bot.sync.checks.duplicates import KINDS, Marks, marks_of
from bot.sync.compare.fingerprints import Fingerprinter
from bot.sync.compare.match import Resolution

AROUND = timedelta(days=3)
"""How near to a day in their data a person is looked at whole. All rules turn on the day itself or on the next one; the
rest is for time zones, and for a clock that is set back."""

_INSIDE, _OUTSIDE = "i", "o"
_MARK_BYTES = 8


@dataclass(frozen=True, slots=True)
class Known:
    """A person who is as before. `inside` tells that the record remembered of them was made at that look."""

    inside: bool
    marks: Marks


class ChangeDetection:
    """Makes traces of people who were looked at whole, and recognises people by them.

    `ground` is everything besides the person that records and checks are made with: the code, settings, the target's
    lists, its environment and countries. `today` is the day of the run.
    """

    def __init__(self, traces: Fingerprinter, ground: Mapping[str, object], today: date) -> None:
        self._traces = traces
        self._today = today
        self._ground = "\x1e".join(f"{name}={ground[name]}" for name in sorted(ground))

    def trace(self, employee: Employee, resolution: Resolution | None, *, inside: bool) -> str:
        """What to keep of a look at somebody; "" when they must be looked at whole the next time as well."""
        ahead = list(days_of(employee, self._today))
        if not employee.state or any(abs(day - self._today) <= AROUND for day in ahead):
            return ""
        until = min((day - AROUND for day in ahead if day > self._today), default=date.max)
        place = _INSIDE if inside else _OUTSIDE
        marks = _written(marks_of(employee, self._traces.value_digest))
        return f"{place}{self._of(employee.state, resolution)}.{self._today:%Y%m%d}.{until:%Y%m%d}.{marks}"

    def known(self, sighting: EmployeeState, trace: str, resolution: Resolution | None) -> Known | None:
        """The person as they were at the look that left `trace`; None when they must be looked at whole."""
        pieces = trace.split(".")
        if not sighting.state or len(pieces) != 4 or pieces[0][1:] != self._of(sighting.state, resolution):
            return None
        if not pieces[1] <= f"{self._today:%Y%m%d}" < pieces[2]:
            return None
        return Known(pieces[0][:1] == _INSIDE, _read(pieces[3]))

    def _of(self, state: str, resolution: Resolution | None) -> str:
        decided = "" if resolution is None else f"{resolution.decision}|{resolution.target_id}|{resolution.others}"
        return self._traces.fingerprint("look\x1e" + "\x1e".join((state, decided, self._ground)))[:32]


def days_of(employee: Employee, today: date) -> Iterator[date]:
    """Every day in somebody's data, and the birthdays around `today`: nothing about them turns on any other day."""
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
    if employee.birth_date is not None:
        yield from (_birthday(employee.birth_date, today.year + years) for years in (-1, 0, 1))


def _birthday(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:  # the 29th of February
        return date(year, 3, 1)


def _written(marks: Marks) -> str:
    return "".join(
        kind[0] + base64.urlsafe_b64encode(mark.to_bytes(_MARK_BYTES, "big")).decode().rstrip("=")
        for kind, mark in marks
    )


_KINDS = {kind[0]: kind for kind in KINDS}
_WIDTH = 12
"""Characters of one mark: a letter, and eight bytes in eleven."""


def _read(text: str) -> Marks:
    pieces = (text[place : place + _WIDTH] for place in range(0, len(text), _WIDTH))
    return tuple(
        (_KINDS[piece[0]], int.from_bytes(base64.urlsafe_b64decode(piece[1:] + "="), "big")) for piece in pieces
    )
