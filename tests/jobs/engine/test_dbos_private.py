"""A contract test for each thing that is used of DBOS without its promise, and nothing else of it is used."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS, error

from bot.jobs.engine import dbos_private
from bot.jobs.engine.engine import OwnershipLost, Progress, Steps
from bot.jobs.engine.transactional_queue import NewWork
from tests.jobs.engine.test_engine import engine, is_at
from tests.support.replica_world import until

ROOT = Path(__file__).parents[3]


async def nothing() -> None: ...


async def test_recover_puts_back_what_the_dead_had_begun_and_nothing_else(tmp_path: Path) -> None:
    done: list[str] = []
    begun = asyncio.Event()

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def first() -> None:
            done.append(f"{work_id} first")

        async def second() -> None:
            if begun.is_set():
                done.append(f"{work_id} second")
                return
            begun.set()
            raise OwnershipLost

        await steps.step("first", first)
        await steps.step("second", second)

    async with engine(tmp_path, body) as made:
        await made.enqueue("work", "w1", "p", {})
        await asyncio.wait_for(begun.wait(), 60)
        dead = made.executor_id
    async with engine(tmp_path, body) as made:
        await asyncio.to_thread(dbos_private.recover, ["somebody else"])
        assert await is_at(made, "w1", Progress.RUNNING)()
        await asyncio.to_thread(dbos_private.recover, [dead])
        await until(is_at(made, "w1", Progress.DONE))
        await asyncio.to_thread(dbos_private.recover, [dead])
        assert await is_at(made, "w1", Progress.DONE)()
    assert done == ["w1 first", "w1 second"]


@pytest.mark.parametrize("together", [2, 30])
async def test_a_batch_is_done_like_single_ones_each_once(tmp_path: Path, together: int) -> None:
    """On the engine's own file; tests/jobs/test_outbox.py compares the rows on PostgreSQL."""
    done: list[Any] = []

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def one() -> None:
            done.append((work_id, arguments["number"]))

        await steps.step("one", one)

    crowd = [NewWork("work", f"w{number:02}", f"p{number}", {"number": number}) for number in range(together)]
    async with engine(tmp_path, body) as made:
        await made.enqueue("work", "w01", "p1", {"number": 1})
        await until(is_at(made, "w01", Progress.DONE))
        await made.enqueue_all(crowd)
        await made.enqueue_all(crowd)
        for one in crowd:
            await until(is_at(made, one.work_id, Progress.DONE))
    assert sorted(done) == [(f"w{number:02}", number) for number in range(together)]


async def test_a_way_is_remembered_by_a_step_of_that_name(tmp_path: Path) -> None:
    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        assert await steps.patched("checked")
        await steps.step("first", nothing)

    async with engine(tmp_path, body) as made:
        await made.enqueue("work", "w1", "p", {})
        await until(is_at(made, "w1", Progress.DONE))
        names = [step["function_name"] for step in await DBOS.list_workflow_steps_async("w1")]
    assert names[0] == f"{dbos_private.PATCH_MARK}checked"


async def test_work_of_a_newer_version_is_told_from_a_body_that_forgot_its_steps(tmp_path: Path) -> None:
    newer: dict[str, bool] = {}
    begun: set[str] = set()

    async def new(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def left() -> None:
            begun.add(work_id)
            raise OwnershipLost

        if work_id == "patched":
            await steps.patched("checked")
        else:
            await steps.step("another", nothing)
        await steps.step("left", left)

    async def old(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        try:
            await steps.step("first", nothing)
        except error.DBOSUnexpectedStepError as unexpected:
            newer[work_id] = dbos_private.is_of_a_newer_version(unexpected)
            raise

    async def both() -> bool:
        return begun == {"patched", "forgotten"}

    async def told() -> bool:
        return len(newer) == 2

    async with engine(tmp_path, new) as made:
        for work_id in ("patched", "forgotten"):
            await made.enqueue("work", work_id, work_id, {})
        await until(both)
        dead = made.executor_id
    async with engine(tmp_path, old) as made:
        await made.recover_from([dead])
        await until(told)
        await until(is_at(made, "forgotten", Progress.FAILED))
        assert await is_at(made, "patched", Progress.RUNNING)()
    assert newer == {"patched": True, "forgotten": False}


def test_nothing_else_of_it_is_private() -> None:
    found: set[tuple[str, str]] = set()
    for file in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("storage/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            found |= {(file.stem, name) for name in names_of_dbos(node) if name.startswith("_")}
    private = {"_recover_pending_workflows", "_sys_db", "_apply_caller_schema", "_build_enqueue_status"}
    private |= {"_dbos", "_get_dbos_instance", "_serialization"}
    assert found == {("dbos_private", name) for name in private}


def names_of_dbos(node: ast.AST) -> list[str]:
    """What a node names of DBOS, by import or as an attribute of what is imported."""
    match node:
        case ast.ImportFrom(module=str(module)) if module.partition(".")[0] == "dbos":
            return [*module.split("."), *(alias.name for alias in node.names)]
        case ast.Import():
            return [name for alias in node.names if alias.name.startswith("dbos.") for name in alias.name.split(".")]
        case ast.Attribute(value=ast.Name(id="DBOS" | "dbos" | "client" | "system")):
            return [node.attr]
    return []
