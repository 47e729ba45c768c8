"""How much of people's attention an integration asks for: when it speaks, whom it calls, and who must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class Verbosity(StrEnum):
    """Which scheduled runs are reported. A run that a person started always is, and so is whatever needs a person."""

    ALWAYS = "always"
    CHANGES = "changes"
    PROBLEMS = "problems"
    DAILY = "daily"


OWNER = "owner"
NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationPolicy:
    """The rules of one integration, kept as `Integration.attention`.

    `calls` is whom a message calls that needs a person: `OWNER`, `NOBODY` or a Slack user id. `weekly` is the day
    (`mon` ... `sun`) of a weekly summary, None for no summary. `time` (HH:MM, in `timezone`) is when a summary comes.
    With `four_eyes` nobody approves a run that they asked for themselves.
    """

    noise: Verbosity = Verbosity.ALWAYS
    calls: str = OWNER
    weekly: str | None = None
    time: str = "08:00"
    timezone: str = "Europe/Stockholm"
    four_eyes: bool = False

    def responsible(self, owner: str) -> str | None:
        """The Slack user id of whoever is called."""
        if self.calls == NOBODY:
            return None
        return owner if self.calls == OWNER else self.calls

    def is_quiet(self, *, changed: bool, news: bool) -> bool:
        """Whether a scheduled run that came to its end is not worth a message.

        `changed` says that somebody was written, `news` that a problem is new or gone.
        """
        match self.noise:
            case Verbosity.ALWAYS:
                return False
            case Verbosity.CHANGES:
                return not (changed or news)
            case Verbosity.PROBLEMS:
                return not news
            case Verbosity.DAILY:
                return True

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form."""
        return asdict(self) | {"noise": self.noise.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The rules that `to_json` wrote; what is not said is as at the start."""
        known = {key: data[key] for key in cls.__dataclass_fields__ if key in data}
        if "noise" in known:
            known["noise"] = Verbosity(known["noise"])
        return cls(**known)
