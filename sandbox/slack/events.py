"""Events API: only subscribed events are delivered, and unacknowledged ones up to three times more.

Source: docs.slack.dev, "The Events API", retries.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Sequence

from sandbox.slack.clock import Clock
from sandbox.slack.delivery import Deliverer
from sandbox.slack.journal import Outcome
from sandbox.slack.jsontype import Json
from sandbox.slack.manifest import Manifest
from sandbox.slack.workspace import Workspace

RETRY_DELAYS = (0.0, 60.0, 300.0)
_REASONS: dict[Outcome, str] = {
    "timeout": "timeout",
    "connection_lost": "connection_failed",
    "http_error": "http_error",
}


class EventsApi:
    """Wraps events in `event_callback` and delivers them in the background."""

    def __init__(
        self,
        manifest: Manifest,
        workspace: Workspace,
        way: Deliverer,
        clock: Clock,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self._manifest = manifest
        self._workspace = workspace
        self._way = way
        self._clock = clock
        self.retry_delays = tuple(retry_delays)
        self._running: set[asyncio.Task[None]] = set()

    def emit(self, subscription: str, event: Json, *, of_installation: bool = False) -> bool:
        """Deliver if the manifest subscribes to it; `subscription` is its name there ("message.im").

        of_installation: an event about the installation itself, which names the organisation alone, and no
        authorizations, where the app is installed in that (bolt-python, test_events_token_revocations.py).
        """
        if subscription not in self._manifest.events:
            return False
        callback = self._callback(event)
        if of_installation and self._workspace.org_wide:
            del callback["team_id"], callback["authorizations"]
        self._start(self._deliver(callback))
        return True

    def emit_access_revoked(self, team_ids: Sequence[str]) -> bool:
        """An organisation takes its app from some of its workspaces: the event names no team of its own.

        Source: docs.slack.dev, event `team_access_revoked` (the older page; the newer one nests the envelope twice).
        """
        if "team_access_revoked" not in self._manifest.events:
            return False
        callback = self._callback({"type": "team_access_revoked", "team_ids": list(team_ids)})
        callback["team_id"] = None
        self._start(self._deliver(callback))
        return True

    def repeat(self, payload: Json, reason: str = "timeout") -> None:
        """Deliver once more what was delivered before: the same event with the same event_id."""
        self._start(self._deliver(payload, (1, reason)))

    def rate_limited(self) -> None:
        """Tell the app that it gets no more events this minute (docs.slack.dev, "The Events API", rate limiting)."""
        payload = {
            "token": "verification-token",
            "type": "app_rate_limited",
            "team_id": self._workspace.team_id,
            "minute_rate_limited": int(self._clock()) // 60 * 60,
            "api_app_id": self._workspace.app_id,
        }
        self._start(self._deliver(payload))

    def _start(self, delivery: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(delivery)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _deliver(self, payload: Json, retry: tuple[int, str] = (0, "")) -> None:
        """An event is dropped when no app is connected; a slow or failing one is tried again."""
        for delay in (*self.retry_delays, None):
            delivery = await self._way.deliver("events_api", payload, accepts_response=False, retry=retry)
            reason = _REASONS.get(delivery.outcome)
            if reason is None or delay is None:
                return
            await asyncio.sleep(delay)
            retry = (retry[0] + 1, reason)

    def _callback(self, event: Json) -> Json:
        # An org-wide authorization has no team (bolt-python, test_events_org_apps.py).
        authorization = {
            "enterprise_id": self._workspace.enterprise_id,
            "team_id": None if self._workspace.org_wide else self._workspace.team_id,
            "user_id": self._workspace.bot.id,
            "is_bot": True,
            "is_enterprise_install": self._workspace.org_wide,
        }
        organisation = {"enterprise_id": self._workspace.enterprise_id} if self._workspace.enterprise_id else {}
        return organisation | {
            "token": "verification-token",
            "team_id": self._workspace.team_id,
            "api_app_id": self._workspace.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(self._clock()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_urlsafe(8),
        }
