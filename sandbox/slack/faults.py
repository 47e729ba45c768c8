"""Faults that tests inject into the Web API."""

from dataclasses import dataclass
from typing import Literal

from sandbox.slack.jsontype import Json

ANY_METHOD = "*"

Place = Literal["channel", "thread", "dm"]
"""Where a call posts, edits or shares: at the top of a channel, in a thread, or in one person's direct messages."""


def place_of(arguments: Json) -> Place | None:
    """The place that a call's arguments name; None where they name none. A thread of direct messages is "dm"."""
    channel = str(arguments.get("channel") or arguments.get("channel_id") or "")
    if not channel:
        return None
    if channel[0] in "DUW":
        return "dm"
    return "thread" if arguments.get("thread_ts") else "channel"


@dataclass
class Fault:
    """What the next `times` calls of a method meet.

    error: Slack's error code with HTTP 200; http_status: a bare HTTP error; retry_after (seconds) makes it
    HTTP 429 `ratelimited`. after_commit: the method does its work first, then the caller is told it failed.
    place, channel: only calls that go there meet it. body: what is answered in place of JSON, such as an HTML page
    or half an answer.
    """

    method: str
    error: str | None = None
    http_status: int | None = None
    retry_after: int | None = None
    times: int = 1
    after_commit: bool = False
    place: Place | None = None
    channel: str | None = None
    body: str | None = None

    def concerns(self, method: str, arguments: Json) -> bool:
        """Whether a call meets it."""
        where = arguments.get("channel") or arguments.get("channel_id")
        return (
            self.method in (method, ANY_METHOD)
            and self.place in (None, place_of(arguments))
            and self.channel in (None, where)
        )

    @property
    def status(self) -> int:
        if self.http_status is not None:
            return self.http_status
        return 429 if self.retry_after is not None or self.error == "ratelimited" else 200


class Faults:
    """The faults waiting to be met, in the order they were injected."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def inject(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def meet(self, method: str, arguments: Json) -> Fault | None:
        """The fault this call meets, if any; counts it down."""
        for fault in self._waiting:
            if fault.concerns(method, arguments):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
