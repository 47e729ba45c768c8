"""Payloads as signed HTTP requests to the app's request URL, acknowledged by their answers within three seconds.

Sources: docs.slack.dev, "Verifying requests from Slack" and "The Events API".
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import uuid
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.changes import Changes
from sandbox.slack.clock import Clock
from sandbox.slack.journal import Delivery, Journal
from sandbox.slack.jsontype import Json

_FORM = "application/x-www-form-urlencoded"


class RequestUrl:
    """The app's address, as its manifest names it; "" while it has none. The secret signs every request."""

    def __init__(self, journal: Journal, changes: Changes, clock: Clock, ack_timeout: float) -> None:
        self._journal, self._changes, self._clock = journal, changes, clock
        self.ack_timeout = ack_timeout
        self.address = ""
        self.signing_secret = secrets.token_hex(16)

    @property
    def connected(self) -> bool:
        return bool(self.address)

    async def deliver(
        self,
        kind: str,
        payload: Json,
        *,
        accepts_response: bool,
        retry: tuple[int, str] | None = None,
    ) -> Delivery:
        """See Deliverer."""
        delivery = Delivery(str(uuid.uuid4()), kind, payload)
        body, content_type = _body(kind, payload)
        headers = {"Content-Type": content_type}
        if retry is not None and retry[0]:
            delivery.retry_attempt, delivery.retry_reason = retry
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        self._journal.deliveries.append(delivery)
        sent_at = asyncio.get_running_loop().time()
        try:
            status, answer = await self._post(body, headers | self.signature(body))
        except TimeoutError:
            delivery.outcome = "timeout"
        except aiohttp.ClientError:
            delivery.outcome = "connection_lost"
        else:
            delivery.outcome = "acked" if status == 200 else "http_error"
            delivery.ack = _read(answer) if accepts_response and status == 200 else None
            delivery.ack_ms = (asyncio.get_running_loop().time() - sent_at) * 1000
        self._changes.happened(())
        return delivery

    def signature(self, body: str) -> dict[str, str]:
        """The headers that prove that a body comes from Slack."""
        timestamp = str(int(self._clock()))
        signed = hmac.new(self.signing_secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={signed.hexdigest()}"}

    async def _post(self, body: str, headers: dict[str, str]) -> tuple[int, str]:
        timeout = aiohttp.ClientTimeout(total=self.ack_timeout)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.address, data=body.encode(), headers=headers) as answer,
        ):
            return answer.status, await answer.text()


def _body(kind: str, payload: Json) -> tuple[str, str]:
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    if kind == "slash_commands":
        return urlencode(payload), _FORM
    return urlencode({"payload": json.dumps(payload)}), _FORM


def _read(answer: str) -> Json | None:
    """An acknowledgement's payload; plain text answers a command as an ephemeral message."""
    if not answer:
        return None
    try:
        read = json.loads(answer)
    except ValueError:
        return {"text": answer}
    return read if isinstance(read, dict) and read else None
