"""A door and its worker know of each other: how one begins, counts, ends, and is missed."""

from __future__ import annotations

import asyncio
import json
import socket
import sys

import pytest

from bot import worker_process
from bot.core import metrics
from bot.core.metrics import AllFigures, figures_from_json, figures_to_json, sum_of
from bot.worker_process import DoorTie, WorkerFailed, WorkerProcess

CALLS = ("integration_bot_calls", "integration_bot_calls_total", (("status", "2xx"), ("system", "tripletex")))

SAYS_READY = """
import json, socket, sys
way = socket.socket(fileno=int(sys.argv[-1])).makefile("rwb", buffering=0)
way.write(b"ready\\n")
"""
COUNTS_THREE_CALLS = (
    SAYS_READY
    + f"""
for line in way:
    way.write(json.dumps({figures_to_json({CALLS: 3})}).encode() + b"\\n")
"""
)
COUNTS_AND_DIES_OF_THE_SECOND_QUESTION = (
    SAYS_READY
    + f"""
way.readline()
way.write(json.dumps({figures_to_json({CALLS: 3})}).encode() + b"\\n")
way.readline()
"""
)
HEEDS_NO_SIGNAL = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + SAYS_READY + "way.read()"
ENDS_WITH_SEVEN = "raise SystemExit(7)"


def worker(program: str) -> WorkerProcess:
    return WorkerProcess((sys.executable, "-S", "-c", program))


async def test_what_workers_have_counted_is_kept_when_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(worker_process, "LONGEST_PAUSE", 0.0)
    kept = worker(COUNTS_AND_DIES_OF_THE_SECOND_QUESTION)
    kept.start()
    await kept.ready()
    first = kept.pid
    assert (await kept.figures())[CALLS] == 3
    assert (await kept.figures())[CALLS] == 3, "the last word of one that has just died"
    async with asyncio.timeout(60):
        while kept.pid == first or not kept.works:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.005)
    assert (await kept.figures())[CALLS] == 6, "a counter never falls, or each fall would look like as many calls"
    await kept.stop()
    assert not kept.works


async def test_one_that_ends_before_it_works_ends_the_start() -> None:
    kept = worker(ENDS_WITH_SEVEN)
    kept.start()
    with pytest.raises(WorkerFailed) as failed:
        await asyncio.wait_for(kept.ready(), 60)
    assert failed.value.code == 7
    await kept.stop()


async def test_one_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "ANSWER_SECONDS", 0.01)
    kept = worker(HEEDS_NO_SIGNAL)
    kept.start()
    await kept.ready()
    assert await kept.figures() == {}
    await kept.stop(0.01)
    assert not kept.works, "it was killed"


async def test_a_worker_learns_that_its_door_is_gone_and_answers_it_until_then() -> None:
    ours, theirs = socket.socketpair()
    gone = asyncio.Event()
    works = asyncio.get_running_loop().create_task(asyncio.sleep(0))
    tie = DoorTie(theirs.detach(), lambda: {CALLS: 2.0})
    await tie.hold(works, gone.set)
    reader, writer = await asyncio.open_connection(sock=ours)
    assert await reader.readline() == b"ready\n"
    writer.write(b"figures\n")
    assert figures_from_json(json.loads(await reader.readline())) == {CALLS: 2.0}
    assert not gone.is_set()
    writer.close()
    await asyncio.wait_for(gone.wait(), 60)


def test_figures_of_several_processes_are_one_sum() -> None:
    own = metrics.figures()
    metrics.count_call("tripletex", 200)
    others = {CALLS: 5.0, ("integration_bot_calls", "integration_bot_calls_total", (("status", "5xx"),)): 1.0}
    told = {
        (family.name, sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in AllFigures(others).collect()
        for sample in family.samples
    }
    assert told[CALLS] == own.get(CALLS, 0) + 6
    assert others.items() <= sum_of(others).items()
    assert set(told) >= set(own) | set(others)
