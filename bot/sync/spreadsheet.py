"""The full list of a run as a CSV file that a Nordic Excel opens as it is: UTF-8 with BOM, semicolons, CRLF."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator

from bot.sync.change import Outcome
from bot.sync.report import issues
from bot.text import Text, text

Render = Callable[[Text], str]
"""A text in the reader's language."""

Link = Callable[[str], str | None]
"""The address of a person by their id in a system."""

COLUMNS = (
    "number", "name", "outcome", "severity", "field", "reason", "advice", "verbatim", "reference", "source", "target",
)  # fmt: skip

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BOM = "\ufeff"


def no_link(_: str) -> str | None:
    """For a system without pages of its own."""
    return None


def csv_file(
    outcomes: Iterable[Outcome], render: Render, *, source_link: Link = no_link, target_link: Link = no_link
) -> bytes:
    """The file: a row per thing that is wrong, one row for a person in whom nothing is."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([render(text(f"csv.{column}")) for column in COLUMNS])
    for outcome in outcomes:
        for row in rows(outcome, render, source_link=source_link, target_link=target_link):
            writer.writerow([harmless(cell) for cell in row])
    return (_BOM + buffer.getvalue()).encode("utf-8")


def rows(
    outcome: Outcome, render: Render, *, source_link: Link = no_link, target_link: Link = no_link
) -> Iterator[tuple[str, ...]]:
    """The rows of one person, in the order of `COLUMNS`."""
    person = outcome.person
    head = (person.number, person.name, render(text(f"outcome.{outcome.kind}")))
    ids = (
        source_link(person.source_id) or "",
        (target_link(person.target_id) or "") if person.target_id is not None else "",
    )
    wrong = issues(outcome)
    if not wrong:
        names = dict.fromkeys(name for _, _, name in outcome.fields)
        written = ", ".join(render(text(f"field.{name}")) for name in names)
        yield (*head, "", written, "", "", "", outcome.reference or "", *ids)
    for issue in wrong:
        yield (
            *head,
            render(text("severity.blocking" if issue.blocking else "severity.warning")),
            render(text(f"field.{issue.field}")) if issue.field else "",
            render(issue.reason),
            render(issue.advice) if issue.advice else "",
            issue.verbatim or "",
            issue.reference or "",
            *ids,
        )


def harmless(cell: str) -> str:
    """The cell as text: a leading sign that starts a formula is defused with an apostrophe (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) or cell.lstrip().startswith(_FORMULA_STARTS) else cell
