"""How far telling people has come: what was begun, what stands in Slack and where. Each has one JSON form.

A post whose answer was lost is looked for again, so its beginning is noted before it is made. Forms of older versions
are read; what a form does not know is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

_POSTING, _FILE_ID, _FILE, _TURN = "posting", "file_id", "file", "turn"
_CHANNEL_REFUSED = "channel.refused"
_TABLES_REFUSED, _FILE_REFUSED, _THREAD_REFUSED = "tables.refused", "file.refused", "thread.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedState:
    """What of a run's report is posted.

    `posting` is the part whose post was begun last; `file_id` Slack's id of the file about to be shown, `file` that
    this is over. `counts` says how many messages of each part stand in the thread; `told` which single parts are over.
    `tables_refused` and `file_refused` say that Slack took none of them, `thread_refused` that they go beside the
    message; `channel_refused` is Slack's word for why the message is with the owner. `turn` is the last time that was
    set for telling the result, of those that waited (`bot.jobs.runs.queue.turn_id`); 0 for none.
    """

    posting: str | None = None
    file_id: str | None = None
    file: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    tables_refused: bool = False
    file_refused: bool = False
    thread_refused: bool = False
    channel_refused: str | None = None
    turn: int = 0
    others: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """{"posting": part, "file_id": id, "file": true, <part>: messages or true, …}; what is not set is left out."""
        named = {
            _POSTING: self.posting,
            _FILE_ID: self.file_id,
            _FILE: self.file,
            _TABLES_REFUSED: self.tables_refused,
            _FILE_REFUSED: self.file_refused,
            _THREAD_REFUSED: self.thread_refused,
            _CHANNEL_REFUSED: self.channel_refused,
            _TURN: self.turn,
        }
        parts = {**self.others, **self.counts, **dict.fromkeys(sorted(self.told), True)}
        return parts | {key: value for key, value in named.items() if value}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> Self:
        """The state, or an empty one for a run of which nothing is told yet."""
        rest = dict(kept or {})
        posting, file_id = rest.pop(_POSTING, None), rest.pop(_FILE_ID, None)
        channel_refused = rest.pop(_CHANNEL_REFUSED, None)
        file, turn = bool(rest.pop(_FILE, False)), int(rest.pop(_TURN, 0))
        tables_refused, file_refused, thread_refused = (
            bool(rest.pop(name, False)) for name in (_TABLES_REFUSED, _FILE_REFUSED, _THREAD_REFUSED)
        )
        told = frozenset(part for part, value in rest.items() if value is True)
        counts = {part: value for part, value in rest.items() if isinstance(value, int) and part not in told}
        return cls(
            posting=posting,
            file_id=file_id,
            file=file,
            counts=counts,
            told=told,
            tables_refused=tables_refused,
            file_refused=file_refused,
            thread_refused=thread_refused,
            channel_refused=channel_refused,
            turn=turn,
            others={part: value for part, value in rest.items() if part not in told and part not in counts},
        )

    def begun(self, part: str) -> PostedState:
        """A part is about to be posted."""
        return replace(self, posting=part)

    def counted(self, part: str, number: int) -> PostedState:
        """So many messages of a part are posted."""
        return replace(self, posting=None, counts={**self.counts, part: number})

    def said(self, part: str) -> PostedState:
        """A part that is one message is over."""
        return replace(self, posting=None, told=self.told | {part})

    def filed(self) -> PostedState:
        """The file is shown."""
        return replace(self, file=True)

    def file_left_out(self) -> PostedState:
        """Slack took the file nowhere."""
        return replace(self, file=True, file_refused=True)

    def renewed(self, channel_refused: str | None = None) -> PostedState:
        """The run has a new message, and nothing in its thread; what was told elsewhere stays told."""
        return PostedState(told=self.told, turn=self.turn, channel_refused=channel_refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryState:
    """The summary or the warning that was begun last. `id` is its own; `at` when it was first tried.

    Of a summary `channel` and `ts` tell where it stands. A warning goes to several places: `begun` is the one that was
    begun last, `reached` are those that are over.
    """

    id: str
    at: datetime | None = None
    begun: str | None = None
    reached: Sequence[str] = ()
    channel: str | None = None
    ts: str | None = None

    def to_json(self) -> dict[str, Any]:
        """{"id": …, "at": ISO time, "begun": place, "reached": [place, …], "channel": …, "ts": …}; none that is not
        set."""
        kept: dict[str, Any] = {"id": self.id, "at": self.at.isoformat() if self.at else None, "begun": self.begun}
        kept |= {"reached": list(self.reached), "channel": self.channel, "ts": self.ts}
        return {key: value for key, value in kept.items() if value}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any] | None) -> DeliveryState | None:
        """The state; None where nothing was begun yet."""
        if not kept or "id" not in kept:
            return None
        at = kept.get("at")
        return cls(
            id=str(kept["id"]),
            at=datetime.fromisoformat(at) if at else None,
            begun=kept.get("begun"),
            reached=tuple(kept.get("reached", ())),
            channel=kept.get("channel"),
            ts=kept.get("ts"),
        )
