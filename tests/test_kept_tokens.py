"""A token that is good once is kept before it is used, whoever dies in between; of two processes one spends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.text import text
from bot.kept_tokens import CLAIM, KeptTokens
from bot.providers.errors import CredentialsRefused, Unavailable
from bot.providers.kit.http import Answer
from bot.providers.kit.rotating_tokens import GivenTokens, RotatingTokens
from bot.providers.protocol import Connection, Credentials
from storage import integrations, rotated_credentials, rotation, workspaces
from storage.clock import utc_now
from storage.database import Database
from storage.integrations import NewIntegration
from storage.vault import Vault
from tests.support.migrated import KEY, copy_into

TEAM = "T0100"


class Killed(BaseException):
    """The process is gone: nothing of what follows is done."""


def refused() -> CredentialsRefused:
    return CredentialsRefused("invalid_grant", text=text("jobs.no_target_credentials"))


@dataclass
class System:
    """Gives tokens: each refresh token is good once. `die` says when whoever asks is killed."""

    good: str = "r1"
    given: int = 1
    spent: list[str] = field(default_factory=list)
    die: str = ""
    lost: bool = False
    before: Callable[[], Awaitable[Any]] | None = None

    async def exchange(self, refresh: str) -> GivenTokens:
        if self.before is not None:
            await self.before()
        if self.die == "before":
            raise Killed
        if refresh != self.good:
            raise refused()
        self.spent.append(refresh)
        self.given += 1
        self.good = f"r{self.given}"
        if self.die == "after":
            raise Killed
        if self.lost:
            raise Unavailable("no answer", text=text("jobs.no_target_credentials"), sent=True)
        return GivenTokens(f"a{self.given}", self.good, 3600)


class Process:
    """A copy of the bot: a database object of its own, and a clock."""

    def __init__(self, folder: Path, vault: Vault | None = None) -> None:
        self.database = Database(copy_into(folder), vault or Vault([KEY]))
        self.now = utc_now()
        self.ended: asyncio.Event | None = None
        self.meanwhile: Callable[[], Awaitable[Any]] | None = None

    async def held(self, integration_id: str) -> dict[str, str]:
        async with self.database.reading() as s:
            return dict((await rotated_credentials.held(s, self.database.vault, integration_id)).values)

    async def tokens(self, integration_id: str, system: System) -> RotatingTokens:
        keeper = KeptTokens(
            self.database, integration_id, text("fortnox.name"), now=lambda: self.now, sleep=self._sleep
        )
        connection = Connection(credentials=await self.held(integration_id), tokens=keeper)
        return RotatingTokens(connection, system.exchange, refused, clock=lambda: self.now)

    async def _sleep(self, seconds: float) -> None:
        """Time goes by; or until somebody else has ended what they were at."""
        self.now += timedelta(seconds=seconds)
        if self.ended is not None:
            await self.ended.wait()
        if self.meanwhile is not None:
            await self.meanwhile()


@pytest.fixture
async def processes(tmp_path: Path) -> AsyncIterator[tuple[Process, Process]]:
    both = Process(tmp_path), Process(tmp_path)
    yield both
    for one in both:
        await one.database.close()


@pytest.fixture
async def known(processes: tuple[Process, Process]) -> str:
    """An integration whose access token is over."""
    database = processes[0].database
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        made = await integrations.create(s, database.vault, NewIntegration(
            team_id=TEAM, provider="fortnox", target_account_id="1", target_account_name="A", name="A",
            owner_user_id="U1", channel_id="C1", language="nb", credentials=old(),
        ))  # fmt: skip
    return made.id


def old() -> dict[str, str]:
    return {"refresh_token": "r1", "access_token": "a1", "access_until": "2026-01-01T00:00:00+00:00"}


async def test_a_new_token_is_kept_before_it_is_used_and_nothing_else_changes(
    processes: tuple[Process, Process], known: str
) -> None:
    here, there = processes
    async with here.database.session() as s:
        before = await integrations.locked(s, known)
    system, seen = System(), list[dict[str, str]]()
    tokens = await here.tokens(known, system)

    async def call(token: str) -> Answer:
        seen.append(await there.held(known))
        return Answer(200, token, {})

    assert (await tokens.signed(call)).body == "a2"
    assert (seen[0]["access_token"], seen[0]["refresh_token"], CLAIM in seen[0]) == ("a2", "r2", False)
    # While it lives nobody spends another, here or elsewhere.
    assert await tokens.get() == "a2"
    assert await (await there.tokens(known, system)).get() == "a2"
    assert system.spent == ["r1"]
    async with here.database.session() as s:
        after = await integrations.locked(s, known)
    assert after == before


async def test_of_two_processes_one_spends(processes: tuple[Process, Process], known: str) -> None:
    system, ended = System(), asyncio.Event()
    for one in processes:
        one.ended = ended
    both = [await one.tokens(known, system) for one in (*processes, *processes)]

    async def get(tokens: RotatingTokens) -> str:
        got = await tokens.get()
        ended.set()
        return got

    assert set(await asyncio.gather(*map(get, both))) == {"a2"}
    assert system.spent == ["r1"]


@pytest.mark.parametrize(("dies", "good"), [("before", True), ("after", False)])
async def test_whoever_is_killed_leaves_a_token_that_works_or_a_question_to_a_person(
    processes: tuple[Process, Process], known: str, dies: str, good: bool
) -> None:
    here, there = processes
    system = System(die=dies)
    with pytest.raises(Killed):
        await (await here.tokens(known, system)).get()
    system.die = ""
    tokens = await there.tokens(known, system)
    with pytest.raises(Unavailable):
        await tokens.get()  # it may still be at it
    there.now += timedelta(minutes=5)
    if good:
        assert await tokens.get() == "a2"
    else:
        with pytest.raises(CredentialsRefused):
            await tokens.get()
    assert system.spent == ["r1"]
    assert CLAIM not in await there.held(known)


async def test_an_answer_that_was_lost_is_no_write_of_anybodys(processes: tuple[Process, Process], known: str) -> None:
    system = System(lost=True)
    tokens = await processes[0].tokens(known, system)
    with pytest.raises(Unavailable) as lost:
        await tokens.get()
    assert lost.value.sent is False
    with pytest.raises(CredentialsRefused):
        await tokens.get()


async def test_what_somebody_else_got_meanwhile_counts(processes: tuple[Process, Process], known: str) -> None:
    """A process that was frozen longer than its claim lives finds its token spent, and what came of it."""
    here, there = processes
    system, other = System(), System()
    theirs = await there.tokens(known, other)
    there.now += timedelta(minutes=5)

    async def frozen() -> None:
        assert await theirs.get() == "a2"
        system.good = other.good

    system.before = frozen
    assert await (await here.tokens(known, system)).get() == "a2"
    assert (system.spent, other.spent) == ([], ["r1"])


async def test_a_consent_that_is_given_meanwhile_wins(processes: tuple[Process, Process], known: str) -> None:
    here, there = processes
    new = {"refresh_token": "r9", "access_token": "a9", "access_until": "2099-01-01T00:00:00+00:00"}

    async def agree() -> None:
        async with there.database.session() as s:
            await integrations.replace_credentials(s, there.database.vault, known, new)

    assert await (await here.tokens(known, System(before=agree))).get() == "a9"
    assert await here.held(known) == new


async def test_a_change_of_keys_meanwhile_loses_nothing(tmp_path: Path, known: str) -> None:
    newest = Vault.generate_key()
    here, turning = Process(tmp_path, Vault([KEY, newest])), Process(tmp_path, Vault([newest, KEY]))

    async def rotate() -> None:
        # The credentials, and what was chosen.
        assert (await rotation.rotate(turning.database))["integrations"] == 2

    assert await (await here.tokens(known, System(before=rotate))).get() == "a2"
    assert (await turning.held(known))["refresh_token"] == "r2"
    for one in (here, turning):
        await one.database.close()


async def test_a_database_that_is_away_for_a_moment_loses_nothing(
    processes: tuple[Process, Process], known: str
) -> None:
    """What was just given is in one place alone then: it is kept as soon as that is possible."""
    here, there = processes

    async def rename(old_name: str, new_name: str) -> None:
        async with there.database.session() as s:
            await s.execute(sa.text(f"ALTER TABLE {old_name} RENAME TO {new_name}"))

    here.meanwhile = lambda: rename("elsewhere", "integrations")
    system = System(before=lambda: rename("integrations", "elsewhere"))
    assert await (await here.tokens(known, system)).get() == "a2"
    assert (await there.held(known))["refresh_token"] == "r2"


async def test_what_is_removed_meanwhile_stays_without_a_token(processes: tuple[Process, Process], known: str) -> None:
    here, there = processes

    async def remove() -> None:
        async with there.database.session() as s:
            await integrations.remove(s, known)

    with pytest.raises(CredentialsRefused):
        await (await here.tokens(known, System(before=remove))).get()
    async with here.database.reading() as s:
        with pytest.raises(Exception, match="no integration with credentials"):
            await rotated_credentials.held(s, here.database.vault, known)


async def test_without_a_place_to_keep_it_nothing_is_spent() -> None:
    """In a set-up: the token that came with the consent is all there is."""
    system, now = System(), utc_now()
    fresh: Credentials = GivenTokens("a1", "r1", 3600).kept(now)
    times: list[datetime] = [now]
    tokens = RotatingTokens(Connection(credentials=fresh), system.exchange, refused, clock=lambda: times[-1])
    assert await tokens.get() == "a1"
    times.append(now + timedelta(hours=1))
    with pytest.raises(CredentialsRefused):
        await tokens.get()
    assert system.spent == []


async def test_a_token_that_is_refused_is_replaced_once(processes: tuple[Process, Process], known: str) -> None:
    system = System()
    tokens = await processes[0].tokens(known, system)
    assert await tokens.get() == "a2"

    async def call(token: str) -> Answer:
        return Answer(401, token, {})

    assert (await tokens.signed(call)).body == "a3"
    assert system.spent == ["r1", "r2"]
