"""Keeps in the database the tokens that a system replaces each time they are used (`TokenKeeper`).

Whoever wants to spend one first writes down, beside it, that it is at it (`CLAIM`): with the same bytes in hand, one of
several gets there. Then it spends, and keeps what came of it before anybody uses it. A process that dies between two of
these steps leaves a claim that lapses. Whether its token was spent nobody knows then: the next one tries it, and the
system says. If it refuses, a person must agree again, which is all that can be done about an answer that was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog

from bot.core.text import Text, text
from bot.providers.errors import CredentialsRefused, Unavailable
from bot.providers.protocol import Credentials
from bot.providers.token_keeper import Spend
from storage import rotated_credentials
from storage.clock import utc_now
from storage.database import Database
from storage.errors import NotFound
from storage.rotated_credentials import DatabaseAway, HeldCredentials

log = structlog.get_logger(__name__)

CLAIM = "renewed_until"
"""Beside a token: until when nobody else spends it."""

CLAIM_LIVES = timedelta(seconds=120)
SPENT_WITHIN = 90.0
"""Seconds after which a spending is given up, well before its claim lapses."""

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between two looks at what another process makes of its claim, and between two tries to keep a token."""

_turns: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()


class KeptTokens:
    """The `TokenKeeper` of one integration. `system` names its provider for people."""

    def __init__(
        self,
        database: Database,
        integration_id: str,
        system: Text,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database, self._id, self._system = database, integration_id, system
        self._now, self._sleep = now, sleep

    async def renewed(self, held: Credentials, spend: Spend) -> Credentials:
        """See `TokenKeeper.renewed`."""
        turn = _turns.setdefault((id(self._database), self._id), asyncio.Lock())
        async with turn:
            return await self._renewed(_plain(held), spend)

    async def _renewed(self, held: Credentials, spend: Spend) -> Credentials:
        for pause in (*PAUSES, None):
            stored = await self._stored()
            if _plain(stored.values) != held:
                return _plain(stored.values)
            if not self._is_claimed(stored.values):
                claim = {**held, CLAIM: (self._now() + CLAIM_LIVES).isoformat()}
                if (claimed := await self._swapped(stored, claim)) is not None:
                    return await self._spent(claimed, spend)
            if pause is not None:
                await self._sleep(pause)
        values = {"system": self._system}
        raise Unavailable(
            "another process renews the token",
            text=Text("provider.busy", values),
            advice=Text("provider.busy.advice", values),
        )

    async def _spent(self, claimed: HeldCredentials, spend: Spend) -> Credentials:
        before = _plain(claimed.values)
        try:
            new = await asyncio.wait_for(spend(before), SPENT_WITHIN)
        except Exception as error:
            # A claim that had lapsed may have let somebody else spend it: then what they got is what counts.
            stored = await self._stored()
            if _plain(stored.values) != before:
                return _plain(stored.values)
            await self._swapped(stored, before)
            if isinstance(error, TimeoutError):
                values = {"system": self._system}
                raise Unavailable(
                    "no answer to a token",
                    text=Text("provider.timeout", values),
                    advice=Text("provider.timeout.advice", values),
                ) from None
            raise
        return await self._kept(claimed, before, new)

    async def _kept(self, claimed: HeldCredentials, before: Credentials, new: Credentials) -> Credentials:
        """Keep what came of the spending, in the place of what was spent, whoever has sealed or claimed that anew."""
        stored = claimed
        for pause in (*PAUSES, None):
            try:
                if await self._swapped(stored, new) is not None:
                    return new
                stored = await self._stored()
                if _plain(stored.values) != before:
                    # Somebody has agreed anew meanwhile.
                    return _plain(stored.values)
            except DatabaseAway as error:
                # The one copy of the token is here.
                log.warning("token_not_kept_yet", integration=self._id, error=type(error).__name__)
                if pause is None:
                    raise
                await self._sleep(pause)
        values = {"system": self._system}
        raise Unavailable("a token could not be kept", text=Text("provider.busy", values))

    async def _stored(self) -> HeldCredentials:
        try:
            async with self._database.reading() as session:
                return await rotated_credentials.held(session, self._database.vault, self._id)
        except NotFound:
            raise CredentialsRefused(
                f"no credentials for integration {self._id}", text=text("jobs.no_target_credentials")
            ) from None

    async def _swapped(self, before: HeldCredentials, values: Mapping[str, str]) -> HeldCredentials | None:
        async with self._database.session() as session:
            return await rotated_credentials.swap(session, self._database.vault, self._id, before, values)

    def _is_claimed(self, values: Mapping[str, str]) -> bool:
        until = values.get(CLAIM)
        return until is not None and self._now() < datetime.fromisoformat(until)


def _plain(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if key != CLAIM}
