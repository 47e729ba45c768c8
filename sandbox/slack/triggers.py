"""Trigger ids: they live three seconds and can be exchanged once (Slack docs: modals, trigger_id)."""

import secrets
from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError

TRIGGER_SECONDS = 3.0


@dataclass
class Trigger:
    user: str
    channel: str | None
    issued_at: float
    exchanged: bool = False


class Triggers:
    """Hands out trigger ids and exchanges them for the right to open a modal."""

    def __init__(self, clock: Clock, lifetime: float = TRIGGER_SECONDS) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, channel: str | None = None) -> str:
        """A trigger id; `channel` is where the user was, for default_to_current_conversation."""
        number = len(self._issued) + 1
        trigger_id = f"{int(self._clock())}.{number:07d}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user, channel, self._clock())
        return trigger_id

    def check(self, trigger_id: str) -> Trigger:
        """Raises SlackError invalid_, exchanged_ or expired_trigger_id."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.exchanged:
            raise SlackError("exchanged_trigger_id")
        if self._clock() - trigger.issued_at > self._lifetime:
            raise SlackError("expired_trigger_id")
        return trigger

    def exchange(self, trigger_id: str) -> Trigger:
        trigger = self.check(trigger_id)
        trigger.exchanged = True
        return trigger
