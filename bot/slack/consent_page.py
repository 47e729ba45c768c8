"""The page that a vendor leads people back to: it shows what they carry into Slack, keeps nothing and logs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.oauth.html_pages import accepted, copied_page

SAID_BACK = ("code", "state", "error", "error_description")
"""What a vendor says in the address that it leads people back to."""


async def consent_page(request: AsyncBoltRequest) -> BoltResponse:
    """The page, in the language that the browser asks for."""
    said = urlencode([(name, value) for name in SAID_BACK for value in request.query.get(name, [])[:1]])
    page = copied_page(accepted(",".join(request.headers.get("accept-language", []))), said)
    headers: dict[str, str | Sequence[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return BoltResponse(status=200, body=page, headers=headers)
