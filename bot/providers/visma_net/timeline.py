"""Timelines: values that hold from a day to a day, closed and opened and never overwritten.

A bound that is missing or null is open; `activeEnd` is the last day, inclusive. An entry is changed in place only if it
has not begun, or began on the very day from which the new value is to hold.
Source: Visma.net Employee API, FAQ, "What are objects that support timelines".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

Entry = dict[str, Any]
START, END = "activeStart", "activeEnd"
DAY = timedelta(days=1)


def day_of(value: object) -> date | None:
    """A date as Visma.net writes it, with or without a time behind it."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None
    except ValueError:
        return None


def begins(entry: Mapping[str, Any]) -> date:
    """The first day of an entry; the beginning of time for an open one."""
    return day_of(entry.get(START)) or date.min


def ends(entry: Mapping[str, Any]) -> date:
    """The last day of an entry; the end of time for an open one."""
    return day_of(entry.get(END)) or date.max


def entries_of(value: object) -> list[Entry]:
    """The entries of a timeline as Visma.net shows it, which may be missing, null or no list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def in_force(entries: Iterable[Entry], day: date) -> Entry | None:
    """The entry that holds on a day; of several, the one that began last."""
    holding = [entry for entry in entries if begins(entry) <= day <= ends(entry)]
    return max(holding, key=begins, default=None)


def ahead(entries: Iterable[Entry], day: date) -> list[Entry]:
    """The entries that begin after a day, earliest first."""
    return sorted((entry for entry in entries if begins(entry) > day), key=begins)


def opened(
    entries: Sequence[Entry], day: date, put: Callable[[Entry], None], *, first_day: date | None = None
) -> list[Entry]:
    """The timeline with a new value from `day` on, up to where the value before it would have ended or the next begins.

    `put` writes the value into the new entry, which begins as a copy of the one before it: members that we do not know
    are carried on. `first_day` is where the timeline begins in truth, so that a value from then on needs no bound.
    """
    kept = deepcopy(list(entries))
    held = in_force(kept, day)
    if held is not None and (begins(held) >= day or (first_day is not None and day <= first_day)):
        put(held)
        return kept
    new: Entry = {name: deepcopy(value) for name, value in (held or {}).items() if name not in (START, END, "id")}
    put(new)
    if held is not None or kept or (first_day is not None and day > first_day):
        new[START] = day.isoformat()
    last = ends(held) if held is not None else date.max
    following = ahead(kept, day)
    if following:
        last = min(last, begins(following[0]) - DAY)
    if last < date.max:
        new[END] = last.isoformat()
    if held is None:
        return sorted([*kept, new], key=begins)
    held[END] = (day - DAY).isoformat()
    place = next(index for index, entry in enumerate(kept) if entry is held) + 1
    return [*kept[:place], new, *kept[place:]]
