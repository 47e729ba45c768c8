"""The private file of a run of leave: a line per person and day, with code, hours before and after, and what became.

It says why people are away: it goes to one person who may manage, and nowhere else. Like all files it opens in a Nordic
Excel as it is, and no cell is a formula. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.core.text import Text, text
from bot.domain.leave_delivery import CloseReason
from bot.domain.outcome import Outcome
from bot.domain.resource import LeaveForm
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.leave_line import LEAVE, LeaveLine, LeaveTold
from bot.sync.report.csv_export import Render, csv_head, csv_rows

LEAVE_COLUMNS = (
    "number", "name", "first_day", "last_day", "code", "type", "unit", "old", "new", "outcome", "reason", "advice",
)  # fmt: skip


_MADE = (DayOutcomeKind.CREATED, DayOutcomeKind.UPDATED, DayOutcomeKind.DELETED)
"""What a file or list has, where nothing is sent."""


class LeaveSpreadsheet:
    """The file, piece by piece. `preview` words the outcomes as what would be done, and `form` as what was made."""

    def __init__(self, render: Render, *, preview: bool = False, form: LeaveForm = LeaveForm.WRITTEN) -> None:
        self._render, self._suffix = render, ".preview" if preview else ""
        self._made = dict.fromkeys(_MADE[:1] if preview else _MADE, form.suffix)

    def head(self) -> bytes:
        """What the file begins with."""
        return csv_head([self._render(text(f"leave.csv.{column}")) for column in LEAVE_COLUMNS])

    def rows(
        self,
        outcome: Outcome,
        lines: Sequence[LeaveLine],
        codes: Sequence[str] = (),
        told: Sequence[LeaveTold] = (),
    ) -> bytes:
        """The lines of one person, and of what was `told` of their days; `codes` (`leave.<code>`) are those of what a
        former version kept, each a line without a day."""
        found = told or [LeaveTold(code=code.removeprefix(f"{LEAVE}.")) for code in codes]
        return csv_rows([*self._lines(outcome, lines), *self._findings(outcome, found, lines)])

    def _lines(self, outcome: Outcome, lines: Sequence[LeaveLine]) -> Iterator[list[str]]:
        for line in sorted(lines, key=lambda line: (line.first, line.code)):
            reason, advice = self._why(outcome, line)
            yield [
                outcome.person.number,
                outcome.person.name,
                line.first.isoformat(),
                line.last.isoformat() if line.last is not None else "",
                line.code,
                ", ".join(line.types),
                self._render(text(f"leave.csv.unit.{line.way.value}")),
                _number(line.old),
                _number(line.new),
                self._render(text(f"leave.outcome.{line.kind.value}{self._suffix}{self._made.get(line.kind, '')}")),
                reason,
                advice,
            ]

    def _findings(
        self, outcome: Outcome, found: Sequence[LeaveTold], lines: Sequence[LeaveLine]
    ) -> Iterator[list[str]]:
        said = {line.reason for line in lines}
        for each in found:
            if each.first is None and each.code in said:
                continue
            ends = [day.isoformat() if day is not None else "" for day in (each.first, each.last)]
            about = ["", ", ".join(each.types), *[""] * 4]
            key = f"{LEAVE}.{each.code}"
            why = [self._render(Text(key)), self._render(Text(f"{key}.advice"))]
            yield [outcome.person.number, outcome.person.name, *ends, *about, *why]

    def _why(self, outcome: Outcome, line: LeaveLine) -> tuple[str, str]:
        if line.kind is DayOutcomeKind.FAILED and outcome.reason is not None:
            advice = outcome.advice
            return self._render(outcome.reason), self._render(advice) if advice is not None else ""
        if line.reason is None:
            return "", ""
        reason, advice = why_of(line.reason)
        return self._render(reason), self._render(advice)


def why_of(reason: str) -> tuple[Text, Text]:
    """Why a day waits, and what can be done: of a `CloseReason`, a `ConflictKind`, or another reason of a step."""
    if reason in set(CloseReason):
        return Text(f"leave.closed.{reason}"), Text("leave.closed.advice")
    if reason in set(ConflictKind):
        return Text(f"leave.conflict.{reason}"), Text(f"leave.conflict.{reason}.advice")
    return Text(f"leave.{reason}"), Text(f"leave.{reason}.advice")


def _number(value: Decimal) -> str:
    """With the decimal comma of a Nordic Excel, and never less than it is."""
    return f"{value.normalize():f}".replace(".", ",")
