"""Socket Mode: hello, envelopes, acknowledgements within three seconds, disconnect and refresh.

Source: docs.slack.dev, "Using Socket Mode".
"""

import asyncio
import json
import secrets
import uuid
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.slack.changes import Changes
from sandbox.slack.journal import Delivery, Journal
from sandbox.slack.jsontype import Json

ACK_SECONDS = 3.0
MAX_CONNECTIONS = 10


@dataclass(eq=False)
class Connection:
    """One websocket of the app. A draining one has been told to leave and gets no new envelopes."""

    number: int
    socket: web.WebSocketResponse
    draining: bool = False
    waiting: dict[str, asyncio.Future[Json | None]] = field(default_factory=dict)

    def lose(self) -> None:
        """Nothing more will come from here: whoever waits for an acknowledgement learns it now."""
        for ack in self.waiting.values():
            if not ack.done():
                ack.set_exception(ConnectionError("the app's connection closed"))


class SocketMode:
    """The app's connections, and the envelopes that go through them."""

    def __init__(self, journal: Journal, changes: Changes, app_id: str, ack_timeout: float = ACK_SECONDS) -> None:
        self._journal = journal
        self._changes = changes
        self._app_id = app_id
        self.ack_timeout = ack_timeout
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._opened = 0
        self._turn = 0

    @property
    def connected(self) -> bool:
        return bool(self._open())

    @property
    def opened(self) -> int:
        """How many connections there have ever been."""
        return self._opened

    @property
    def open_count(self) -> int:
        return len(self._open())

    def issue_ticket(self) -> str:
        """What apps.connections.open puts into the websocket address; good for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The websocket endpoint /link."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self._connections) >= MAX_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await socket.close()
            return socket
        self._opened += 1
        connection = Connection(self._opened, socket)
        self._connections.append(connection)
        try:
            await socket.send_json(self._hello())
            self._changes.happened()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(connection, message.data)
        finally:
            self._connections.remove(connection)
            connection.lose()
            self._changes.happened()
        return socket

    async def deliver(
        self,
        kind: str,
        payload: Json,
        *,
        accepts_response: bool,
        retry: tuple[int, str] | None = None,
    ) -> Delivery:
        """Send one envelope and wait for its acknowledgement; never raises, see Delivery.outcome.

        retry: (attempt, reason) for Events API envelopes, (0, "") the first time.
        """
        delivery = Delivery(str(uuid.uuid4()), kind, payload)
        envelope: Json = {
            "envelope_id": delivery.envelope_id,
            "type": kind,
            "accepts_response_payload": accepts_response,
            "payload": payload,
        }
        if retry is not None:
            delivery.retry_attempt, delivery.retry_reason = retry
            envelope |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
        self._journal.deliveries.append(delivery)
        connection = self._next_connection()
        if connection is None:
            delivery.outcome = "not_connected"
        else:
            delivery.connection = connection.number
            await self._send_and_wait(connection, envelope, delivery)
        self._changes.happened(())
        return delivery

    async def disconnect(self, *, abruptly: bool = False, reason: str = "refresh_requested") -> None:
        """Ask every connection to reconnect, as Slack does now and then; or just drop them."""
        for connection in self._open():
            connection.draining = True
            if abruptly:
                connection.lose()
                await connection.socket.close(code=WSCloseCode.GOING_AWAY)
            else:
                goodbye = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
                await connection.socket.send_json(goodbye)

    async def close(self) -> None:
        """The server goes down."""
        for connection in list(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    async def _send_and_wait(self, connection: Connection, envelope: Json, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()
        ack: asyncio.Future[Json | None] = loop.create_future()
        connection.waiting[delivery.envelope_id] = ack
        sent_at = loop.time()
        try:
            await connection.socket.send_json(envelope)
            self._changes.happened(())
            delivery.ack = await asyncio.wait_for(ack, self.ack_timeout)
            delivery.outcome = "acked"
        except TimeoutError:
            delivery.outcome = "timeout"
        except ConnectionError:
            delivery.outcome = "connection_lost"
        else:
            delivery.ack_ms = (loop.time() - sent_at) * 1000
        finally:
            connection.waiting.pop(delivery.envelope_id, None)

    def _acknowledged(self, connection: Connection, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        ack = connection.waiting.get(answer.get("envelope_id", "")) if isinstance(answer, dict) else None
        if ack is not None and not ack.done():
            payload = answer.get("payload")
            ack.set_result(payload if isinstance(payload, dict) and payload else None)

    def _open(self) -> list[Connection]:
        return [c for c in self._connections if not c.draining and not c.socket.closed]

    def _next_connection(self) -> Connection | None:
        """In turn: with several connections, Slack gives an envelope to any one of them."""
        candidates = self._open()
        if not candidates:
            return None
        self._turn += 1
        return candidates[self._turn % len(candidates)]

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
        }
