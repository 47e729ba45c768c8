"""The digests that are kept of a person's record between runs, and the texts that they are stored as.

`README.md` beside this module says what each is for. None of them has a value in it. The texts are in databases: a
version reads what another one wrote.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Self

_OWN = "p"
"""Before the digits of a digest whose marks are made with the person's id: equal values of two people have other ones.
Without it, a digest is of a version before."""


@dataclass(frozen=True, slots=True)
class RecordDigest:
    """A record and the settings it was made under: `<whole>.<values>`.

    `whole` is "p" and 40 hexadecimal digits. `values` has five bytes of each part and of each value that is not empty,
    in base64 (`Fingerprinter.value_digests`), so that one field can be asked for: was it this?
    """

    whole: str
    values: str

    @classmethod
    def own(cls, digits: str, values: str) -> Self:
        """One whose marks are the person's own."""
        return cls(_OWN + digits, values)

    @property
    def is_own(self) -> bool:
        """Whether the marks are the person's own; whatever stands before the digest."""
        return self.whole.rpartition("-")[2].startswith(_OWN)

    def beside(self, values: str) -> Self:
        """With the marks of more values; such a one is of no record, and tells of single fields alone."""
        marks = _bytes(self.values) + _bytes(values)
        return replace(self, values=base64.urlsafe_b64encode(marks).decode().rstrip("="))

    def encode(self) -> str:
        """The stored text."""
        return f"{self.whole}.{self.values}"

    @classmethod
    def decode(cls, text: str) -> Self:
        """From a stored text, whatever stands behind it; "" gives a digest that is of no record."""
        whole, values, *_ = *text.split("."), ""
        return cls(whole, values)


@dataclass(frozen=True, slots=True)
class DeliveredRecord:
    """What a file target was given of somebody: `<whole>.<values>.<shape>.<parts>`.

    `shape` has five bytes for the place, for each part and for each clearable field that had a value, the person's own
    where those of the record are; `parts` is how many parts there were. While nobody knows whether a delivery has
    arrived it has no digests of values, as whatever the target holds of them by now may be the former ones:
    `pdoubt..<shape>.<parts>`.
    """

    record: RecordDigest
    shape: str
    parts: int

    @classmethod
    def in_doubt(cls, shape: str, parts: int, *, own: bool = False) -> Self:
        """Of a delivery that may have arrived or not."""
        return cls(RecordDigest.own("doubt", "") if own else RecordDigest("doubt", ""), shape, parts)

    @property
    def sure(self) -> bool:
        """Whether it is known to have arrived."""
        return bool(self.record.values)

    def encode(self) -> str:
        """The stored text."""
        return f"{self.record.encode()}.{self.shape}.{self.parts}"

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """From a stored text; None for one of a target that can be read, and for "".

        Raises `ValueError` where the number of parts is none: whoever was delivered must not be taken for new.
        """
        pieces = text.split(".")
        if len(pieces) != 4:
            return None
        return cls(RecordDigest(pieces[0], pieces[1]), pieces[2], int(pieces[3]))


def _bytes(marks: str) -> bytes:
    return base64.urlsafe_b64decode(marks + "=" * (-len(marks) % 4))
