"""What a refusal means that Tripletex gives to hours, or to a leave of absence.

Source: recorded 409/7000 and 422 on `activity.id`; what a day is answered that has been approved is not published.
Clients of others take words such as approved or locked for it, in either language.
"""

from __future__ import annotations

import re

from bot.core.text import text
from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import DayKey
from bot.providers.errors import NotPermitted, ProviderError
from bot.providers.kit.leave_errors import LeaveErrors
from bot.providers.tripletex.errors import EXISTS, LOCKED, REVISION, Refusal, error_of

LOCK_WORDS = re.compile(r"approved|locked|godkjent|låst", re.IGNORECASE)


_ERRORS = LeaveErrors("tripletex")
day_closed, code_refused = _ERRORS.day_closed, _ERRORS.code_refused
row_exists, row_gone, changed, rejected = _ERRORS.row_exists, _ERRORS.row_gone, _ERRORS.changed, _ERRORS.rejected


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


def _log(call: str, refusal: Refusal) -> str:
    return f"tripletex: {call}: {refusal.status}/{refusal.code} {','.join(refusal.fields)}".rstrip()


def _more(refusal: Refusal) -> dict[str, str | None]:
    return {"verbatim": refusal.verbatim, "reference": refusal.reference}
