"""What is kept of a look at somebody whole, to know them by at the next run, and the text that it is stored as.

`README.md` beside this module says what each digest is for.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from typing import Self

from bot.sync.checks.duplicates import KINDS, Marks

_INSIDE, _OUTSIDE = "i", "o"
_DAY = "%Y%m%d"
_MARK_BYTES = 8
_MARK_WIDTH = 12
"""Characters of one mark: the first letter of its kind, and eight bytes in eleven."""
_KINDS = {kind[0]: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class LastLook:
    """A look at somebody whole: `<place><state>.<looked>.<until>.<marks>`.

    `inside` tells that they were in the scope (place "i", else "o"). `state` is 32 hexadecimal digits of what the
    source showed, of what a human had decided and of all else that records are made with. It holds from the day of the
    look (`looked`) to the day before `until`. `marks` are what must be the person's own (`bot.sync.checks.duplicates`).
    """

    inside: bool
    state: str
    looked: date
    until: date
    marks: Marks = ()

    def holds_on(self, today: date) -> bool:
        """Whether nothing that turns on a day has changed: False on days before the look as well."""
        return self.looked <= today < self.until

    def encode(self) -> str:
        """The stored text."""
        place = _INSIDE if self.inside else _OUTSIDE
        marks = "".join(kind[0] + _base64(mark.to_bytes(_MARK_BYTES, "big")) for kind, mark in self.marks)
        return f"{place}{self.state}.{self.looked:{_DAY}}.{self.until:{_DAY}}.{marks}"

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """From a stored text; None where it is of no look, so that the person is looked at whole."""
        pieces = text.split(".")
        if len(pieces) != 4 or pieces[0][:1] not in (_INSIDE, _OUTSIDE):
            return None
        try:
            looked, until = date.fromisoformat(pieces[1]), date.fromisoformat(pieces[2])
            return cls(pieces[0][0] == _INSIDE, pieces[0][1:], looked, until, _marks(pieces[3]))
        except (KeyError, ValueError):
            return None


def _marks(text: str) -> Marks:
    if len(text) % _MARK_WIDTH:
        raise ValueError("half a mark")
    pieces = (text[place : place + _MARK_WIDTH] for place in range(0, len(text), _MARK_WIDTH))
    return tuple(
        (_KINDS[piece[0]], int.from_bytes(base64.urlsafe_b64decode(piece[1:] + "="), "big")) for piece in pieces
    )


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
