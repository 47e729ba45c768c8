"""Calls about one person: a right that is missing for them alone, such as for an administrator, stops nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bot.core.rights_learnt import rights_learnt
from bot.core.text import text
from bot.providers.errors import NotPermitted

_ID = re.compile(r"/[^/]*\d[^/]*")


def call_of(method: str, path: str) -> str:
    """The name of a call whoever it is about: segments with a digit in them are ids."""
    return f"{method} {_ID.sub('/#', path)}"


@contextmanager
def about_one_person(call: str, person: str) -> Iterator[None]:
    """What is called inside is about one person, by an id of theirs.

    A `NotPermitted` that leaves is theirs as long as it may be, and says so; it stays the run's where it is known to be
    about the key, or where others were refused too (`RightsLearnt`).
    """
    learnt = rights_learnt()
    try:
        yield
    except NotPermitted as error:
        if learnt is not None and not error.of_key and learnt.refused(call, person):
            error.of_one_person = True
            error.text, error.advice = text("provider.person_refused"), text("provider.person_refused.advice")
        raise
    if learnt is not None:
        learnt.let_through(call)
