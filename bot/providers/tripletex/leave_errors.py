"""What a refusal means that Tripletex gives to hours, or to a leave of absence.

Source: recorded 409/7000 and 422 on `activity.id`; what a day is answered that has been approved is not published.
Clients of others take words such as approved or locked for it, in either language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from bot.core.private_words import private_values
from bot.core.text import Text, text
from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import DayKey
from bot.providers.errors import (
    CodeRefused,
    DayClosed,
    NotPermitted,
    ProviderError,
    Rejected,
    RowExists,
    RowGone,
    WriteConflict,
)
from bot.providers.tripletex.errors import EXISTS, LOCKED, REVISION, Refusal, error_of

LOCK_WORDS = re.compile(r"approved|locked|godkjent|låst", re.IGNORECASE)


@contextmanager
def kept_private(*values: object) -> Iterator[None]:
    """While this is open, no error can quote these: the code, what Tripletex calls it, and how much."""
    amounts = {f"{value:{form}}" for value in values if isinstance(value, Decimal) for form in ("f", ".1f", ".2f")}
    with private_values([*values, *amounts, *(amount.replace(".", ",") for amount in amounts)]):
        yield


def hours_error(call: str, refusal: Refusal, person: LeavePerson, key: DayKey) -> ProviderError | None:
    """The error of a refused write of hours; None where only the day's own status can tell whether it is closed."""
    log, more = _log(call, refusal), _more(refusal)
    method = call.split(" ", 1)[0]
    if refusal.status == 401:
        return error_of(call, refusal)
    if refusal.status == 404 and method == "PUT":
        return row_gone(log)
    if refusal.status == 409 and refusal.code in EXISTS:
        return row_exists(log, **more) if method == "POST" else changed(log)
    if refusal.status == 409 and refusal.code == REVISION:
        return changed(log)
    if refusal.code == LOCKED or LOCK_WORDS.search(refusal.verbatim or ""):
        return day_closed(log, person, key, **more)
    if any(field.split(".")[0] == "activity" for field in refusal.fields):
        return code_refused(log, "refused", **more)
    return None


def other_error(call: str, refusal: Refusal) -> ProviderError:
    """The error of a refusal that is no lock: the row's, or the run's where a right is missing."""
    if refusal.status == 403:
        return hours_hidden(_log(call, refusal), **_more(refusal))
    return rejected(_log(call, refusal), "rejected", **_more(refusal))


def period_error(call: str, refusal: Refusal) -> ProviderError:
    """The error of a refused write of a leave of absence."""
    log, more = _log(call, refusal), _more(refusal)
    if refusal.status == 401:
        return error_of(call, refusal)
    if refusal.status == 404 and call.startswith("PUT"):
        return row_gone(log)
    if refusal.status == 409 and refusal.code in EXISTS and call.startswith("POST"):
        return row_exists(log, **more)
    if refusal.status == 409 and refusal.code != LOCKED:
        return changed(log)
    return other_error(call, refusal)


def hours_hidden(log: str, **more: str | None) -> NotPermitted:
    """The token may not see or write people's hours."""
    words = text("tripletex.leave.hours_hidden"), text("tripletex.leave.hours_hidden.advice")
    return NotPermitted(log, text=words[0], advice=words[1], **more)


def day_closed(log: str, person: LeavePerson, key: DayKey, **more: str | None) -> DayClosed:
    """A day on which nothing can be written. What to do names the month and the employee number."""
    values = {"month": f"{key.day:%Y-%m}", "number": person.number}
    return DayClosed(
        log,
        text=text("tripletex.leave.day_closed"),
        advice=text("tripletex.leave.day_closed.advice", **values),
        **more,
    )


def code_refused(log: str, why: str, **more: str | None) -> CodeRefused:
    """A code that nothing can be sent to: text `tripletex.leave.code.<why>`."""
    return CodeRefused(
        log, text=Text(f"tripletex.leave.code.{why}"), advice=text("tripletex.leave.code.advice"), **more
    )


def row_exists(log: str, **more: str | None) -> RowExists:
    """One is there already: it has to be read first."""
    return RowExists(log, text=text("tripletex.leave.row_exists"), advice=_advice("row_exists"), **more)


def row_gone(log: str) -> RowGone:
    """The row that was to be changed has been removed."""
    return RowGone(log, text=text("tripletex.leave.row_gone"), advice=_advice("row_gone"))


def changed(log: str) -> WriteConflict:
    """Somebody has changed the row since it was read."""
    return WriteConflict(log, text=text("tripletex.leave.changed"), advice=_advice("changed"))


def rejected(log: str, why: str, **more: str | None) -> Rejected:
    """One row that Tripletex does not take, or that is not sent: texts `tripletex.leave.<why>` and `.advice`."""
    return Rejected(log, text=Text(f"tripletex.leave.{why}"), advice=_advice(why), **more)


def _advice(key: str) -> Text:
    return Text(f"tripletex.leave.{key}.advice")


def _log(call: str, refusal: Refusal) -> str:
    return f"tripletex: {call}: {refusal.status}/{refusal.code} {','.join(refusal.fields)}".rstrip()


def _more(refusal: Refusal) -> dict[str, str | None]:
    return {"verbatim": refusal.verbatim, "reference": refusal.reference}
