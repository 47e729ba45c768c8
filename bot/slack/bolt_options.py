"""What Bolt is told in either way to Slack: whom a request concerns, and what it need not warn of."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.core import traces
from bot.core.metrics import ACKNOWLEDGEMENT
from bot.slack.client import SharedClient, SharedRespond
from bot.slack.oauth.teams import TeamResolver
from bot.slack.payload_shape import UnreadablePayload, require_shape

log = structlog.get_logger(__name__)

ACKNOWLEDGED = "acknowledged"
"""Set in the context of a request that was acknowledged before Bolt got it."""

RATE_LIMITED = "app_rate_limited"
APP_NAME = "integration-bot"
"""Without a name Bolt reads the source of every caller to make one up."""
"""What Slack sends, by itself, to an app that is sent too many events (docs.slack.dev, "The Events API")."""


class TimedBolt(AsyncApp):
    """Bolt, with the time that each acknowledgement took among the metrics."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """One request of Slack's, up to its acknowledgement; the work goes on after it."""
        begun = time.monotonic()
        try:
            with traces.span("interaction"):
                answer = await super().async_dispatch(req)
                traces.note("status", answer.status)
            return answer
        finally:
            if ACKNOWLEDGED not in req.context:
                ACKNOWLEDGEMENT.observe(time.monotonic() - begun)


def before_authorize(resolver: TeamResolver, shared: SharedClient) -> Callable[..., Awaitable[BoltResponse]]:
    """What Bolt asks of a request before it chooses a token; it hands in what it finds among the arguments' names.

    What Bolt has made to speak to Slack with for this request is exchanged for the like of `shared`, which takes no
    more than the workspace's share.
    """

    async def prepare(
        body: dict[str, Any], context: AsyncBoltContext, next_: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        try:
            require_shape(body)
        except UnreadablePayload as unreadable:
            log.warning("request_refused", reason=unreadable.reason, status=400)
            return BoltResponse(status=400)
        if body.get("type") == RATE_LIMITED:
            log.warning(RATE_LIMITED, team=body.get("team_id"), minute=body.get("minute_rate_limited"))
            return BoltResponse(status=200)
        client = context["client"] = shared.for_request(context.client)
        context["respond"] = SharedRespond(client, context.response_url)
        await resolver.resolve(body, context)
        return await next_()

    return prepare


@contextmanager
def tokens_unmentioned() -> Iterator[None]:
    """Bolt warns at every start that the token of the environment, or an empty one, is not used. It is, by our client,
    or there is none to be used."""

    def other(record: logging.LogRecord) -> bool:
        return "`token`" not in record.getMessage()

    logger = logging.getLogger(f"{AsyncApp.__module__.partition('.')[0]}.{AsyncApp.__name__}")
    logger.addFilter(other)
    try:
        yield
    finally:
        logger.removeFilter(other)
