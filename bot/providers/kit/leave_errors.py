"""How a write of absence fails, in a system's own texts: `<system>.leave.day_closed`, `.row_gone`, ... with advice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from bot.core.private_words import PrivateCode, private_values
from bot.core.text import Text
from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import DayKey
from bot.providers.errors import CodeRefused, DayClosed, Rejected, RowExists, RowGone, WriteConflict


@contextmanager
def kept_private(code: str, *values: object) -> Iterator[None]:
    """While this is open, no error can quote these: the code, what the system calls it, and how much."""
    amounts = {f"{value:{form}}" for value in values if isinstance(value, Decimal) for form in ("f", ".1f", ".2f")}
    with private_values([PrivateCode(code), *values, *amounts, *(amount.replace(".", ",") for amount in amounts)]):
        yield


class LeaveErrors:
    """Makes them for one system, by its key. `more` are an error's `verbatim` and `reference`."""

    def __init__(self, system: str) -> None:
        self._texts = f"{system}.leave"

    def day_closed(self, log: str, person: LeavePerson, key: DayKey, **more: str | None) -> DayClosed:
        """A day on which nothing can be written. What to do names the month and the employee number."""
        values = {"month": f"{key.day:%Y-%m}", "number": person.number}
        text = f"{self._texts}.day_closed"
        return DayClosed(log, text=Text(text), advice=Text(f"{text}.advice", values), **more)

    def code_refused(self, log: str, why: str, **more: str | None) -> CodeRefused:
        """A code that nothing can be sent to: text `<system>.leave.code.<why>`."""
        text = f"{self._texts}.code"
        return CodeRefused(log, text=Text(f"{text}.{why}"), advice=Text(f"{text}.advice"), **more)

    def row_exists(self, log: str, **more: str | None) -> RowExists:
        """One is there already: it has to be read first."""
        return RowExists(log, text=self._text("row_exists"), advice=self._advice("row_exists"), **more)

    def row_gone(self, log: str) -> RowGone:
        """The row that was to be changed has been removed."""
        return RowGone(log, text=self._text("row_gone"), advice=self._advice("row_gone"))

    def changed(self, log: str) -> WriteConflict:
        """Somebody has changed the row since it was read."""
        return WriteConflict(log, text=self._text("changed"), advice=self._advice("changed"))

    def rejected(self, log: str, why: str, **more: str | None) -> Rejected:
        """One row that the system does not take, or that is not sent: texts `<system>.leave.<why>` and `.advice`."""
        return Rejected(log, text=self._text(why), advice=self._advice(why), **more)

    def _text(self, key: str) -> Text:
        return Text(f"{self._texts}.{key}")

    def _advice(self, key: str) -> Text:
        return Text(f"{self._texts}.{key}.advice")
