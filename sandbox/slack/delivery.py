"""How Slack reaches the app: by the websockets of Socket Mode, or by signed requests to an address of the app's."""

from typing import Protocol

from sandbox.slack.journal import Delivery
from sandbox.slack.jsontype import Json


class Deliverer(Protocol):
    """One way to the app."""

    @property
    def connected(self) -> bool:
        """Whether anybody would take a payload now."""
        ...

    async def deliver(
        self, kind: str, payload: Json, *, accepts_response: bool, retry: tuple[int, str] | None = None
    ) -> Delivery:
        """Send one payload and wait for its acknowledgement; never raises, see Delivery.outcome.

        retry: (attempt, reason) for Events API payloads, (0, "") the first time.
        """
        ...


class Delivering:
    """Socket Mode unless the app has a request URL."""

    def __init__(self, socket: Deliverer, over_http: Deliverer) -> None:
        self._socket, self._over_http = socket, over_http

    @property
    def connected(self) -> bool:
        return self._over_http.connected or self._socket.connected

    async def deliver(
        self, kind: str, payload: Json, *, accepts_response: bool, retry: tuple[int, str] | None = None
    ) -> Delivery:
        way = self._over_http if self._over_http.connected else self._socket
        return await way.deliver(kind, payload, accepts_response=accepts_response, retry=retry)
