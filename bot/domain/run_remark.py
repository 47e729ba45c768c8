"""What is told of a run as a whole: it is about nobody, and stops nothing. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from bot.core.text import Text
from bot.domain.findings import Finding
from bot.domain.leave import LeaveFinding


@dataclass(frozen=True, slots=True)
class RunRemark:
    """What was found, and what to do about it. Both are safe for a channel."""

    text: Text
    advice: Text | None = None

    @classmethod
    def of_key(cls, key: str, **values: object) -> Self:
        """The remark of a text that has its `.advice` beside it."""
        return cls(Text(key, values), Text(f"{key}.advice", values))

    @classmethod
    def of_check(cls, finding: Finding) -> Self:
        """What a look before the run has found: texts `check.<code>`."""
        return cls.of_key(f"check.{finding.code}", **finding.values)

    @classmethod
    def of_leave(cls, finding: LeaveFinding) -> Self:
        """What was found about leave, and nobody's: texts `leave.<code>`. The type is not named."""
        return cls.of_key(f"leave.{finding.code}", **finding.values)


def each_once(remarks: Iterable[RunRemark]) -> list[RunRemark]:
    """The remarks in their order, none of them twice."""
    told: list[RunRemark] = []
    for remark in remarks:
        if remark not in told:
            told.append(remark)
    return told
