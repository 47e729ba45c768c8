"""What can happen to replicas and to what they need, one verb for each."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from storage import executors
from tests.chaos.scene import DEAD_AFTER, Stage
from tests.support.postgres import DurableServer
from tests.support.replica_world import Replica, until


class Troubles:
    """Does things to the replicas of a stage, and sees to it that as many run afterwards as before."""

    def __init__(self, made: Stage, server: DurableServer | None) -> None:
        self.made = made
        self.server = server
        self.replicas: list[Replica] = []
        self.next_version = False
        self.done: Counter[str] = Counter()

    async def start(self, count: int) -> None:
        """So many more replicas of the version of the day."""
        self.replicas += [await self.made.replica(next_version=self.next_version) for _ in range(count)]

    async def kill(self, *victims: Replica) -> None:
        """SIGKILL, and others in their place."""
        self.done["kills"] += len(victims)
        for victim in victims:
            await victim.kill()
            self.replicas.remove(victim)
        await self.start(len(victims))

    async def stop(self, *victims: Replica) -> None:
        """SIGTERM, and others in their place once they have handed over."""
        self.done["stops"] += len(victims)
        for victim in victims:
            assert await victim.terminate() == 0
            self.replicas.remove(victim)
        await self.start(len(victims))

    async def deploy(self) -> None:
        """The next version is started beside the old one, which is then stopped."""
        self.done["deploys"] += 1
        old, self.replicas, self.next_version = self.replicas, [], True
        await self.start(len(old))
        for victim in old:
            assert await victim.terminate() == 0

    async def freeze(self, *victims: Replica) -> None:
        """SIGSTOP until a peer has taken them for dead, then SIGCONT."""
        self.done["freezes"] += len(victims)
        for victim in victims:
            victim.freeze()
        try:
            await self.start(1)
            # One that froze in the middle of a write may keep its peers from forgetting it.
            with suppress(TimeoutError):
                await until(partial(self._taken_for_dead, victims), DEAD_AFTER * 3, look_every=0.2)
            await self.healthy()
        finally:
            for victim in victims:
                victim.thaw()
        await self.replicas.pop().terminate()

    async def _taken_for_dead(self, victims: Iterable[Replica]) -> bool:
        async with self.made.database_stands, self.made.database.reading() as s:
            known = await executors.known(s)
        return not any(victim.is_executor(executor_id) for victim in victims for executor_id in known)

    async def crash_database(self, seconds: float) -> None:
        """`pg_ctl stop -m immediate`, and a start after a while."""
        assert self.server is not None
        self.done["database"] += 1
        async with self.made.database_stands:
            await asyncio.to_thread(self.server.kill)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.server.start)

    async def cut(self, system: str, seconds: float, *, answers_only: bool = False) -> None:
        """The line to a system: refused and broken connections, or requests that arrive and get no answer."""
        self.done["cuts"] += 1
        cable = self.made.cables[system]
        if answers_only:
            cable.loses_answers = True
        else:
            await cable.cut()
        await asyncio.sleep(seconds)
        await cable.mend()

    async def healthy(self) -> None:
        """Wait until somebody fires what is due."""
        await self.made.comes_true(self.made.moved_on)
