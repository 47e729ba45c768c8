"""The engine's port, and what heals around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.cluster.lease import Heartbeat
from bot.jobs.engine.engine import (
    AlreadyRunning,
    Body,
    Engine,
    OwnershipLost,
    Progress,
    StepFailed,
    Steps,
    Tuning,
    WorkStatus,
)
from bot.jobs.engine.transactional_queue import NewWork
from storage import executors
from storage.database import Database
from storage.vault import Vault
from tests.support.replica import TUNING
from tests.support.replica_world import until

KEY = Vault.generate_key()
FEW_TRIES = replace(TUNING, step_attempts=3)


@asynccontextmanager
async def engine(
    folder: Path,
    body: Body,
    kind: type[Engine] = Engine,
    tuning: Tuning = FEW_TRIES,
    **more: Any,
) -> AsyncIterator[Engine]:
    made = kind(f"sqlite:///{folder}/bot.sqlite3", Vault([KEY]), tuning, **more)
    made.register("work", body, 4)
    await made.start()
    try:
        yield made
    finally:
        await made.stop(5)


def is_at(made: Engine, work_id: str, progress: Progress) -> Callable[[], Awaitable[bool]]:
    async def there() -> bool:
        standing = await made.status(work_id)
        return standing is not None and standing.progress is progress

    return there


async def test_work_is_done_once_for_ever_under_its_id(tmp_path: Path) -> None:
    done: list[Any] = []

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def one() -> None:
            done.append((work_id, arguments))

        await steps.step("one", one)

    for _ in range(2):
        async with engine(tmp_path, body) as made:
            await made.enqueue("work", "w1", "p", {"a": [1, "x"]})
            await made.enqueue("work", "w1", "p", {"a": [2]})
            await until(is_at(made, "w1", Progress.DONE))
    assert done == [("w1", {"a": [1, "x"]})]


async def test_of_many_that_are_enqueued_at_once_each_is_done_once(tmp_path: Path) -> None:
    done: list[Any] = []

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def one() -> None:
            done.append((work_id, arguments["number"]))

        await steps.step("one", one)

    asked = [NewWork("work", f"w{number}", f"p{number}", {"number": number}) for number in range(5)]
    async with engine(tmp_path, body) as made:
        await made.enqueue_all([])
        await made.enqueue("work", "w1", "p1", {"number": 1})
        await until(is_at(made, "w1", Progress.DONE))
        await asyncio.gather(*(made.enqueue_all(each) for each in (asked[:3], asked, asked[::-1])))
        await made.enqueue("work", "w2", "p2", {"number": 20})
        for one in asked:
            await until(is_at(made, one.work_id, Progress.DONE))
    async with engine(tmp_path, body) as made:
        await made.enqueue_all([*asked, NewWork("work", "last", "p", {"number": 9})])
        await until(is_at(made, "last", Progress.DONE))
    assert sorted(done) == [("last", 9), *((f"w{number}", number) for number in range(5))]


async def test_finished_steps_are_remembered_by_whoever_takes_over(tmp_path: Path) -> None:
    done: list[str] = []
    begun = asyncio.Event()

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def first() -> str:
            done.append("first")
            return "what the first step gave"

        async def second() -> None:
            begun.set()
            if len(done) == 1:
                done.append("left")
                raise OwnershipLost
            done.append("second")

        assert await steps.step("first", first) == "what the first step gave"
        await steps.step("second", second)

    async with engine(tmp_path, body) as made:
        await made.enqueue("work", "w1", "p", {})
        await asyncio.wait_for(begun.wait(), 60)
        dead = made.executor_id
    async with engine(tmp_path, body) as made:
        assert await made.unfinished([dead]) == ["w1"]
        assert await made.unfinished([made.executor_id]) == []
        await made.recover_from([dead])
        await made.recover_from([dead])
        await until(is_at(made, "w1", Progress.DONE))
    assert done == ["first", "left", "second"]


async def test_a_failing_step_is_repeated_and_fails_in_the_end_without_its_words(tmp_path: Path) -> None:
    tries: list[int] = []
    failures: list[str] = []

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def flaky() -> int:
            tries.append(1)
            if len(tries) < 3:
                raise ConnectionError("away")
            return len(tries)

        async def broken() -> None:
            raise ValueError("the salary of Kari is 500000")

        assert await steps.step("flaky", flaky) == 3
        try:
            await steps.step("broken", broken)
        except StepFailed as error:
            failures.append(str(error))

    async with engine(tmp_path, body) as made:
        await made.enqueue("work", "w1", "p", {})
        await until(is_at(made, "w1", Progress.DONE))
    assert failures == ["broken: ValueError"]


async def test_of_one_partition_one_at_a_time(tmp_path: Path) -> None:
    inside: set[str] = set()
    most: dict[str, int] = {"a": 0, "b": 0}
    both = asyncio.Event()

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def work() -> None:
            inside.add(work_id)
            mine = [name for name in inside if name[0] == work_id[0]]
            most[work_id[0]] = max(most[work_id[0]], len(mine))
            if {name[0] for name in inside} == {"a", "b"}:
                both.set()
            # Each waits for one of the other partition: they do run beside each other.
            await asyncio.wait_for(both.wait(), 60)
            inside.remove(work_id)

        await steps.step("work", work)

    async with engine(tmp_path, body) as made:
        for name in ("a1", "a2", "a3", "b1"):
            await made.enqueue("work", name, name[0], {})
        for name in ("a1", "a2", "a3", "b1"):
            await until(is_at(made, name, Progress.DONE))
    assert most == {"a": 1, "b": 1}


async def test_cancelled_work_does_not_begin(tmp_path: Path) -> None:
    hold = asyncio.Event()
    done: list[str] = []

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def work() -> None:
            await hold.wait()
            done.append(work_id)

        await steps.step("work", work)

    async with engine(tmp_path, body) as made:
        await made.enqueue("work", "w1", "p", {})
        await until(is_at(made, "w1", Progress.RUNNING))
        await made.enqueue("work", "w2", "p", {})
        await made.cancel("w2")
        hold.set()
        await until(is_at(made, "w1", Progress.DONE))
        assert await is_at(made, "w2", Progress.CANCELLED)()
        assert await made.status("w3") is None
    assert done == ["w1"]


async def test_a_second_engine_on_the_file_is_refused_and_told_of_postgresql(tmp_path: Path) -> None:
    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None: ...

    async with engine(tmp_path, body):
        other = Engine(f"sqlite:///{tmp_path}/bot.sqlite3", Vault([KEY]), TUNING)
        with pytest.raises(AlreadyRunning, match="PostgreSQL") as refused:
            await other.start()
    assert refused.value.text.key == "jobs.already_running"
    async with engine(tmp_path, body):
        pass


async def test_after_a_pause_only_own_work_goes_on(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.sqlite3", Vault([KEY]))
    await database.migrate()
    hold = asyncio.Event()
    now = 0.0

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def work() -> None:
            await hold.wait()

        await steps.step("work", work)

    async with engine(tmp_path, body) as made:
        heart = Heartbeat(database, made, timedelta(seconds=30), now=lambda: [now])
        await made.enqueue("work", "mine", "p", {})
        await made.enqueue("work", "taken", "p", {})
        await until(is_at(made, "mine", Progress.RUNNING))
        # Back in the queue, as after a peer has taken it over: known at the first question, and later after a pause.
        with pytest.raises(OwnershipLost):
            await heart.assert_owned("taken")
        await heart.assert_owned("mine")
        now = 29.0
        await heart.assert_owned("mine")
        now = 90.0
        await heart.assert_owned("mine")
        await made.cancel("mine")
        await heart.assert_owned("mine")
        now = 150.0
        with pytest.raises(OwnershipLost):
            await heart.assert_owned("mine")
        made.stopping.set()
        with pytest.raises(OwnershipLost):
            await heart.assert_owned("mine")
        async with database.reading() as s:
            assert await executors.silent(s, timedelta(seconds=0)) == [made.executor_id]
        hold.set()
    await database.close()


@pytest.mark.parametrize("clock", ["monotonic", "of the day"])
async def test_an_answer_that_waited_for_a_frozen_process_is_not_believed(tmp_path: Path, clock: str) -> None:
    """Whichever clock shows the pause: a sleeping machine stops the monotonic one."""
    database = Database(f"sqlite:///{tmp_path}/bot.sqlite3", Vault([KEY]))
    await database.migrate()
    begun, hold = asyncio.Event(), asyncio.Event()
    passed = {"monotonic": 0.0, "of the day": 1_000_000.0}

    class Freezing(Engine):
        async def status(self, work_id: str) -> WorkStatus | None:
            standing = await super().status(work_id)
            if standing is not None and standing.progress is Progress.RUNNING:
                # Frozen here, with the answer in hand; taken for dead, and the work given to a peer.
                await self.cancel(work_id)
                passed[clock] += 90
            return standing

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def work() -> None:
            begun.set()
            await hold.wait()

        await steps.step("work", work)

    async with engine(tmp_path, body, Freezing) as made:
        heart = Heartbeat(database, made, timedelta(seconds=30), now=lambda: list(passed.values()))
        await made.enqueue("work", "taken", "p", {})
        await begun.wait()
        with pytest.raises(OwnershipLost):
            await heart.assert_owned("taken")
        hold.set()
    await database.close()


async def test_a_sign_of_life_counts_from_before_it_was_sent(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.sqlite3", Vault([KEY]))
    await database.migrate()
    hold = asyncio.Event()
    now = 0.0

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def work() -> None:
            await hold.wait()

        await steps.step("work", work)

    async with engine(tmp_path, body) as made:
        heart = Heartbeat(database, made, timedelta(seconds=30), now=lambda: [now])
        await made.enqueue("work", "taken", "p", {})
        await until(is_at(made, "taken", Progress.RUNNING))
        await heart.assert_owned("taken")
        await made.cancel("taken")
        now = 5.0
        async with database.session():
            # It waits for this session; the database may have noted it long before its answer comes.
            beating = asyncio.create_task(heart.beat())
            await asyncio.sleep(0)
            now = 25.0
        await beating
        now = 36.0
        with pytest.raises(OwnershipLost):
            await heart.assert_owned("taken")
        hold.set()
    await database.close()


async def test_work_goes_the_way_that_it_began(tmp_path: Path) -> None:
    """A change of the steps: what had passed there keeps the old order, what comes later has the new one."""
    done: list[str] = []
    hold = asyncio.Event()

    def version(new: bool) -> Body:
        async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
            async def note(what: str) -> None:
                done.append(f"{work_id} {what}")
                if what == "last" and not hold.is_set():
                    raise OwnershipLost

            await steps.step("first", partial(note, "first"))
            if new and await steps.patched("checked"):
                await steps.step("check", partial(note, "check"))
            await steps.step("second", partial(note, "second"))
            await steps.step("last", partial(note, "last"))

        return body

    async def left(made: Engine, work_id: str) -> None:
        await made.enqueue("work", work_id, work_id, {})
        await until(lambda: _in(done, f"{work_id} last"))

    async with engine(tmp_path, version(new=False)) as made:
        await left(made, "old")
        first = made.executor_id
    async with engine(tmp_path, version(new=True)) as made:
        await made.recover_from([first])
        await left(made, "new")
        second = made.executor_id
    hold.set()
    async with engine(tmp_path, version(new=False)) as made:
        # An old process that takes over what a newer one began leaves it as it is.
        await made.recover_from([second])
        await until(is_at(made, "old", Progress.DONE))
        third = made.executor_id
        assert not await is_at(made, "new", Progress.DONE)()
    async with engine(tmp_path, version(new=True)) as made:
        await made.recover_from([third])
        await until(is_at(made, "new", Progress.DONE))
    assert [line for line in done if line.startswith("old")] == ["old first", "old second", *["old last"] * 3]
    assert [line for line in done if line.startswith("new")] == [
        "new first",
        "new check",
        "new second",
        *["new last"] * 2,
    ]


async def _in(done: list[str], what: str) -> bool:
    return what in done
