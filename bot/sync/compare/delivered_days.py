"""The day from which a value holds, in a file that has room for one day.

A later day that was delivered stays in the system behind the file, with its value. So once that value is taken back or
postponed in the source, what holds now is delivered as from that day: sent as from its own, it would end nothing and
reach back in time. A day that was moved under a value that is the same is delivered too, and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.domain.record import Level, Part, Record, is_empty
from bot.providers.protocol import FieldSpec, Write
from bot.sync.checks.findings import finding

_LONGEST = 60 * 366
"""Days around the day of now among which the delivered one is looked for, the near ones first."""

Has = Callable[[str], bool]
Wrote = Callable[..., bool]
Field = tuple[Level, tuple[date, ...], str]


@dataclass(frozen=True, slots=True)
class Settled:
    """A record with the days that are to be delivered. `moved` names the fields of days that go whatever else has
    changed; `lines` are to be remembered of the delivery (`has` is asked for them)."""

    record: Record
    moved: frozenset[Field] = frozenset()
    lines: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class DeliveredDays:
    """Finds the fields that are days from which others hold (`Write.ALONG`, with a date), by the field table."""

    def __init__(self, table: Mapping[tuple[Level, str], FieldSpec]) -> None:
        self._since = tuple(rule for rule in table.values() if rule.write is Write.ALONG and rule.beside)

    def settle(self, record: Record, has: Has, wrote: Wrote, employee: Employee | None = None) -> Settled:
        """The record of somebody who was delivered before. Without the employee, as it was settled before."""
        parts, lines, findings = list[Part](), list[str](), list[Finding]()
        moved: set[Field] = set()
        turns = frozenset() if employee is None else _turns(employee)
        for whole in record:
            part = whole
            for name, now in self._days(part):
                address = (*part.address, name)
                # No further than a delivery will look for it, which does not know the turns.
                near = [day for day in sorted(turns, reverse=True) if abs((day - now).days) < _LONGEST]
                before = _before(address, [now, *near], has, wrote)
                before = before or _before(address, _around(now), has, wrote)
                if has(_kept(address, now)) and before is not None and before > now:
                    part = _with(part, name, before)
                    lines.append(_kept(address, now))
                elif employee is not None and before is not None and before != now:
                    if before > now and not self._same(part, name, wrote):
                        part = _with(part, name, before)
                        lines.append(_kept(address, now))
                    elif before > now or before not in turns:
                        moved.add(address)
                    else:
                        continue
                    findings.append(finding("delivery.day_moved", field=self._beside(part, name), day=before))
            parts.append(part)
        return Settled(tuple(parts), frozenset(moved), tuple(lines), tuple(findings))

    def lines(self, record: Sequence[Part]) -> Iterator[str]:
        """The days of a record, as they are remembered of a delivery."""
        for part in record:
            yield from (_line((*part.address, name), day) for name, day in self._days(part))

    def _days(self, part: Part) -> Iterator[tuple[str, date]]:
        for rule in self._since:
            day = part.values.get(rule.key) if rule.level is part.level else None
            if isinstance(day, date):
                yield rule.key, day

    def _same(self, part: Part, name: str, wrote: Wrote) -> bool:
        """Whether all that holds from a day was delivered as it is."""
        values = ((one, part.values.get(one)) for one in self._rule(part, name).beside)
        return all(is_empty(value) or wrote(*part.address, one, value) for one, value in values)

    def _beside(self, part: Part, name: str) -> str:
        """The field that holds from a day."""
        return next(one for one in self._rule(part, name).beside if not is_empty(part.values.get(one)))

    def _rule(self, part: Part, name: str) -> FieldSpec:
        return next(rule for rule in self._since if rule.key == name and rule.level is part.level)


def _turns(employee: Employee) -> frozenset[date]:
    """The days on which something begins in the source: a value that goes on from one of them was not moved."""
    return frozenset({job.start for job in employee.employments} | {pay.effective for pay in employee.compensations})


def _before(field: Field, days: Iterable[date], has: Has, wrote: Wrote) -> date | None:
    """The day among some that was delivered; None where none is."""
    return next((day for day in days if has(_line(field, day)) or wrote(*field, day)), None)


def _around(now: date) -> Iterator[date]:
    middle = now.toordinal()
    for away in range(_LONGEST):
        for ordinal in (middle - away, middle + away):
            if 1 <= ordinal <= date.max.toordinal():
                yield date.fromordinal(ordinal)


def _with(part: Part, name: str, day: date) -> Part:
    return replace(part, values={**part.values, name: day})


def _line(field: Field, day: date) -> str:
    return _said("day", field, day)


def _kept(field: Field, day: date) -> str:
    return _said("later", field, day)


def _said(what: str, field: Field, day: date) -> str:
    level, key, name = field
    return f"{what}|{name}|{day.isoformat()}|{level}|{','.join(one.isoformat() for one in key)}"
