"""Everything that passed between Slack and the app, so that tests can ask what was said and when."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sandbox.slack.blockkit import Problem
from sandbox.slack.jsontype import Json

Outcome = Literal["waiting", "acked", "timeout", "connection_lost", "not_connected", "http_error"]


@dataclass(frozen=True)
class ApiCall:
    """One Web API request (without its token) and what it was answered."""

    method: str
    arguments: Json
    status: int
    answer: Json
    at: float
    injected: bool = False
    """Whether the answer is a fault that a test injected."""

    @property
    def ok(self) -> bool:
        return bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        return self.answer.get("error")


@dataclass
class Delivery:
    """One envelope sent to the app, and its acknowledgement; `ack_ms` is in milliseconds."""

    envelope_id: str
    kind: str
    payload: Json
    retry_attempt: int = 0
    retry_reason: str = ""
    connection: int | None = None
    outcome: Outcome = "waiting"
    ack: Json | None = None
    ack_ms: float | None = None
    problems: list[Problem] = field(default_factory=list)
    """What Slack would refuse in the ack's payload (a bad view, an error for an unknown block)."""

    @property
    def acked(self) -> bool:
        return self.outcome == "acked"


@dataclass(frozen=True)
class Note:
    """Anything else the app sent: an upload's bytes, a post to a response_url."""

    kind: str
    content: object


class Journal:
    """The newest records of each kind; older ones are dropped so that a long demo does not grow forever."""

    def __init__(self, limit: int = 20_000) -> None:
        self.calls: deque[ApiCall] = deque(maxlen=limit)
        self.deliveries: deque[Delivery] = deque(maxlen=limit)
        self.notes: deque[Note] = deque(maxlen=limit)

    def from_app(self) -> str:
        """All that the app sent: API arguments, acknowledgements, uploads, response_url posts."""
        return _dump(
            [
                *({"call": call.method, "arguments": call.arguments} for call in self.calls),
                *({"ack": delivery.ack} for delivery in self.deliveries if delivery.ack is not None),
                *({"note": note.kind, "content": note.content} for note in self.notes),
            ]
        )

    def everything(self) -> str:
        """All that passed in either direction, typed values of users included."""
        to_app = [
            *({"answer": call.answer} for call in self.calls),
            *({"kind": delivery.kind, "payload": delivery.payload} for delivery in self.deliveries),
        ]
        return self.from_app() + "\n" + _dump(to_app)


def _dump(records: Sequence[object]) -> str:
    return "\n".join(json.dumps(record, ensure_ascii=False, default=str) for record in records)
