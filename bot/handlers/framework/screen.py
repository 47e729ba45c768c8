"""Puts a view on somebody's screen: plainer where Slack refuses it, so that nobody is left with "Checking…"."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.locales import Translator
from bot.slack.client import code_of
from bot.views import plainer as views
from bot.views.blocks import View

log = structlog.get_logger(__name__)

GONE = frozenset({"not_found", "view_not_found", "hash_conflict"})
"""Slack's words for: the person has closed this view or is in another by now."""

TOO_LATE = frozenset(
    {
        "expired_trigger_id",
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "service_unavailable",
    }
)
"""Slack's words for: what was pressed can open nothing any more. It can for three seconds, and once, and so not once
Slack is no longer too busy."""

REFUSED = frozenset({"invalid_arguments", "invalid_blocks", "invalid_blocks_format", "view_too_large"})
"""Slack's words for: this view is not one (docs.slack.dev, errors of views.open, views.update and views.publish)."""

SHOW_AFTER = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between attempts to show a result: the check may be done before Slack shows "Checking…"."""

_POINTER = re.compile(r"json-pointer:([^\]\s]+)")

Send = Callable[[View], Awaitable[object]]


async def show(send: Send, view: View, t: Translator) -> None:
    """Show the view, else without what not every Slack takes, else that it cannot be shown.

    Raises `SlackApiError` for anything but a refusal of the view itself.
    """
    reference = secrets.token_hex(4)
    plain, last = views.plainer(view), views.cannot_be_shown(t, reference, view)
    for offered in [view, plain, last] if plain != view else [view, last]:
        try:
            await send(offered)
            return
        except SlackApiError as error:
            if code_of(error) not in REFUSED or offered is last:
                raise
            where, name = _pointers(error), str(view.get("callback_id"))
            log.error("view_refused", view=name, error=code_of(error), where=where, reference=reference)


async def replace_checking(client: AsyncWebClient, external_id: str, view: View, t: Translator) -> None:
    """Show a result where "Checking…" stands. Whatever Slack answers, the result is kept in the draft."""

    async def send(view: View) -> None:
        await client.views_update(external_id=external_id, view=view)

    error = ""
    for wait in SHOW_AFTER:
        await asyncio.sleep(wait)
        try:
            await show(send, view, t)
            return
        except SlackApiError as refused:
            error = code_of(refused)
        except (SlackClientError, OSError, TimeoutError) as failed:
            error = type(failed).__name__
    log.info("result_kept_for_resume", error=error)


def _pointers(error: SlackApiError) -> list[str]:
    """Which parts Slack named, without what it says of them, which may quote."""
    told = getattr(error.response, "data", None)
    metadata = told.get("response_metadata") if isinstance(told, dict) else None
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return [pointer for each in messages or () for pointer in _POINTER.findall(str(each))]


def check_token() -> str:
    """The external id of a view that says a check is running; nobody can guess it."""
    return f"check:{secrets.token_hex(12)}"
