"""What people are to be told: one type for each occasion, with the JSON that the engine's queue keeps of it.

`{"run_id": …, "what": word, …}`: `run_id` is the id of what is told of, a run's, a summary's or a warning's. Who adds
an occasion adds a type here, and a case where the types are told apart (`bot.jobs.notifications.worker`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.core.text import Text
from bot.sync.codec import value_from_json, value_to_json
from storage.json_codec import Json


@dataclass(frozen=True, slots=True)
class ApprovalNeeded:
    """The guard has stopped a run: somebody must decide."""

    run_id: str

    def to_json(self) -> dict[str, Json]:
        """`what` is "approval"."""
        return {"run_id": self.run_id, "what": "approval"}


@dataclass(frozen=True, slots=True)
class Approved:
    """Somebody has approved a run."""

    run_id: str

    def to_json(self) -> dict[str, Json]:
        """`what` is "approved"."""
        return {"run_id": self.run_id, "what": "approved"}


@dataclass(frozen=True, slots=True)
class Finished:
    """A run is over; once it is told of, it ends."""

    run_id: str

    def to_json(self) -> dict[str, Json]:
        """`what` is "finished"."""
        return {"run_id": self.run_id, "what": "finished"}


@dataclass(frozen=True, slots=True)
class DigestDue:
    """A day or a week of an integration is over (`period`): from `since` on and before `until`, both aware."""

    digest_id: str
    integration_id: str
    period: str
    since: datetime
    until: datetime

    def to_json(self) -> dict[str, Json]:
        """`what` is "digest"; times in ISO form."""
        return {
            "run_id": self.digest_id,
            "what": "digest",
            "integration_id": self.integration_id,
            "period": self.period,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Expiring:
    """Credentials are good until this day: an integration's, or with "" for its id the workspace's source's."""

    warning_id: str
    team_id: str
    integration_id: str
    until: date

    def to_json(self) -> dict[str, Json]:
        """`what` is "expiring"; the day in ISO form."""
        return {
            "run_id": self.warning_id,
            "what": "expiring",
            "team_id": self.team_id,
            "integration_id": self.integration_id,
            "until": self.until.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Trouble:
    """A run (`cause`) found that its integration cannot work until somebody does something."""

    cause: str
    integration_id: str
    text: Text

    def to_json(self) -> dict[str, Json]:
        """`what` is "trouble"; the text as `bot.sync.codec` writes values."""
        return {
            "run_id": self.cause,
            "what": "trouble",
            "integration_id": self.integration_id,
            "text": value_to_json(self.text),
        }


Notification = ApprovalNeeded | Approved | Finished | DigestDue | Expiring | Trouble


def notification_from_json(kept: Mapping[str, Any]) -> Notification:
    """The notification that was kept. Raises `ValueError` for an occasion that this version does not know."""
    subject, what = str(kept["run_id"]), kept["what"]
    match what:
        case "approval":
            return ApprovalNeeded(subject)
        case "approved":
            return Approved(subject)
        case "finished":
            return Finished(subject)
        case "digest":
            since, until = (datetime.fromisoformat(str(kept[name])) for name in ("since", "until"))
            return DigestDue(subject, str(kept["integration_id"]), str(kept["period"]), since, until)
        case "expiring":
            day = date.fromisoformat(str(kept["until"]))
            return Expiring(subject, str(kept["team_id"]), str(kept["integration_id"]), day)
        case "trouble":
            return Trouble(subject, str(kept["integration_id"]), value_from_json(kept["text"]))
    raise ValueError(f"unknown notification {what!r}")
