"""Something about an employee that a person must know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import StrEnum

from bot.core.private_words import cleaned


class Severity(StrEnum):
    """A blocking finding keeps the employee out of the sync; a warning goes into the report.

    Who is `WAITING` is in the target, but does not count there before somebody has done their part: the report names
    them, and nobody is told that they are in place.
    """

    BLOCKING = "blocking"
    WARNING = "warning"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about an employee that a person must know.

    `code` names a check; its texts are `check.<code>` (what is wrong) and `check.<code>.advice` (what to do).
    `field` is a canonical field whose label is `field.<field>`. `values` fill the texts and are safe to show.
    `verbatim` is a target's own wording, shown beside ours with all that is private blanked.
    """

    code: str
    severity: Severity
    field: str
    values: Mapping[str, object] = attribute(default_factory=dict)
    verbatim: str | None = None

    def __post_init__(self) -> None:
        if self.verbatim is not None:
            object.__setattr__(self, "verbatim", cleaned(self.verbatim))
