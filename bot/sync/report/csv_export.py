"""The full list of a run as a CSV file that a Nordic Excel opens as it is: UTF-8 with BOM, semicolons, CRLF."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.core.text import Text, text
from bot.domain.findings import Severity
from bot.domain.outcome import Drifted, Outcome
from bot.locales.translator import single_line
from bot.sync.report.issues import Issue, issues, word_of

Render = Callable[[Text], str]
"""A text in the reader's language."""

Link = Callable[[str], str | None]
"""The address of a person by their id in a system."""

COLUMNS = (
    "number", "name", "outcome", "changed", "severity", "field", "reason", "advice", "verbatim", "reference", "drift",
    "source", "target",
)  # fmt: skip

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the same signs at full width, which some spreadsheets take for the usual ones."""
_BOM = "\ufeff"


def no_link(_: str) -> str | None:
    """For a system without pages of its own."""
    return None


class Spreadsheet:
    """The file, piece by piece: a row per thing that is wrong, one row for a person in whom nothing is.

    `preview` words the outcomes as what would be done.
    """

    def __init__(
        self, render: Render, *, preview: bool = False, source_link: Link = no_link, target_link: Link = no_link
    ) -> None:
        self._render, self._suffix = render, ".preview" if preview else ""
        self._source_link, self._target_link = source_link, target_link

    def head(self) -> bytes:
        """What the file begins with: the mark of its encoding, and the names of the columns."""
        return csv_head([self._render(text(f"csv.{column}")) for column in COLUMNS])

    def rows(self, outcomes: Iterable[Outcome]) -> bytes:
        """The rows of some people."""
        return _written(row for outcome in outcomes for row in self._rows(outcome))

    def _rows(self, outcome: Outcome) -> Iterator[list[str]]:
        person = outcome.person
        kind = self._render(text(f"report.outcome.{word_of(outcome)}{self._suffix}"))
        ids = (
            self._source_link(person.source_id) or "",
            (self._target_link(person.target_id) or "") if person.target_id is not None else "",
        )
        drift = ", ".join(self._drifted(one) for one in outcome.drift)
        names = dict.fromkeys(name for _, _, name in outcome.fields)
        changed = ", ".join(self._render(text(f"field.{name}")) for name in names)
        for row in _rows(outcome, self._render):
            yield [harmless(cell) for cell in (person.number, person.name, kind, changed, *row, drift, *ids)]
            changed = drift = ""  # said once

    def _drifted(self, drifted: Drifted) -> str:
        field = text(f"field.{drifted.field}")
        return self._render(text(f"csv.drift.{'restored' if drifted.restored else 'left'}{self._suffix}", field=field))


def csv_head(columns: Sequence[str]) -> bytes:
    """The mark of the encoding, and the names of the columns."""
    return _BOM.encode() + _written([columns])


def csv_rows(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows whose cells are all text: none is a formula."""
    return _written([harmless(cell) for cell in row] for row in rows)


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode("utf-8")


def _rows(outcome: Outcome, render: Render) -> Iterator[tuple[str, ...]]:
    """What stands between a person's changed fields and what had drifted."""
    wrong = issues(outcome)
    if not wrong:
        yield "", "", "", "", "", outcome.reference or ""
    for issue in wrong:
        yield (
            render(text(f"severity.{_severity(issue)}")),
            render(text(f"field.{issue.field}")) if issue.field else "",
            render(issue.reason),
            render(issue.advice) if issue.advice else "",
            render(text("csv.words")) if issue.verbatim else "",
            issue.reference or "",
        )


def _severity(issue: Issue) -> Severity:
    if issue.waiting:
        return Severity.WAITING
    return Severity.BLOCKING if issue.blocking else Severity.WARNING


def harmless(cell: str) -> str:
    """The cell as text, in one line: a leading sign that starts a formula is defused with an apostrophe (OWASP, CSV
    injection)."""
    cell = single_line(cell)
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) or cell.lstrip().startswith(_FORMULA_STARTS) else cell
