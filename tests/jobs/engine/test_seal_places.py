"""What the engine keeps is sealed for its place: elsewhere it is refused, and what was before is taken over."""

from __future__ import annotations

import base64
import pickle
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.jobs.cluster.seal_renewal import SealRenewal
from bot.jobs.engine.engine import Engine, OwnershipLost, Progress, StepFailed, Steps
from bot.jobs.engine.seal_places import FORMER, StepCounter
from bot.jobs.engine.serializer import SealingSerializer
from bot.jobs.engine.transactional_queue import arguments_of
from bot.jobs.engine.work_owner import WorkOwner
from storage import seal_state
from storage.database import Database
from storage.errors import WrongOwner
from storage.models import SealStateRow
from storage.vault import Vault
from tests.jobs.engine.test_engine import KEY, engine, is_at
from tests.support.replica_world import until

VAULT = Vault([KEY])

PICKLE = base64.b64encode(pickle.dumps("w1 1 of w2")).decode()


def rewrite(folder: Path, statement: str, *values: object) -> int:
    """Write to the engine's file past the bot, as somebody does who has it."""
    with sqlite3.connect(folder / "bot.engine.sqlite3") as connection:
        return connection.execute(statement, values).rowcount


def read(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(folder / "bot.engine.sqlite3") as connection:
        return connection.execute(statement).fetchall()


class Body:
    """Two steps of one name and one of another; stopped by `leave` before a step of that number is begun."""

    def __init__(self) -> None:
        self.leave = 4
        self.left: set[str] = set()
        self.done: list[str] = []
        self.given: list[Any] = []
        self.failed: list[str] = []

    async def __call__(self, steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def work(number: int) -> str:
            if number >= self.leave:
                self.left.add(work_id)
                raise OwnershipLost
            self.done.append(f"{work_id} {number}")
            return f"{work_id} {number} of {arguments['whose']}"

        for number, name in enumerate(("batch", "batch", "sleep", "end"), 1):
            if name == "sleep":
                await steps.sleep(0.001)
                continue

            async def recorded(number: int = number) -> str:
                return await work(number)

            try:
                self.given.append(await steps.step(name, recorded))
            except StepFailed as failed:
                self.failed.append(str(failed))


OWNERS = {"w1": WorkOwner("T1", "i1"), "w2": WorkOwner("T2", "i2")}


async def left_before_the_end(folder: Path, body: Body, *work_ids: str, owned: bool = True) -> str:
    """Work that was begun and left when its process died; the executor that had it."""
    async with engine(folder, body) as made:
        for work_id in work_ids:
            await made.enqueue("work", work_id, work_id, {"whose": work_id}, OWNERS[work_id] if owned else None)

        async def left() -> bool:
            return body.left == set(work_ids)

        await until(left)
        executor = made.executor_id
    body.leave = 9
    body.given.clear()
    body.done.clear()
    return executor


async def goes_on(folder: Path, body: Body, executor: str, progress: Progress, *work_ids: str) -> None:
    async with engine(folder, body) as made:
        made.refuse_former()
        await made.recover_from([executor])
        for work_id in work_ids:
            await until(is_at(made, work_id, progress))


SWAPPED = {
    "another step of its work": (
        "UPDATE operation_outputs SET output = (SELECT output FROM operation_outputs WHERE workflow_uuid = 'w1' "
        "AND function_id = 2) WHERE workflow_uuid = 'w1' AND function_id = 1"
    ),
    "the same step of other work": (
        "UPDATE operation_outputs SET output = (SELECT output FROM operation_outputs WHERE workflow_uuid = 'w2' "
        "AND function_id = 1) WHERE workflow_uuid = 'w1' AND function_id = 1"
    ),
    "what work was asked for with": (
        "UPDATE operation_outputs SET output = (SELECT inputs FROM workflow_input WHERE workflow_uuid = 'w1') "
        "WHERE workflow_uuid = 'w1' AND function_id = 1"
    ),
    "when a sleep is over": (
        "UPDATE operation_outputs SET output = (SELECT output FROM operation_outputs WHERE workflow_uuid = 'w1' "
        "AND function_name = 'DBOS.sleep') WHERE workflow_uuid = 'w1' AND function_id = 1"
    ),
    "plain JSON": (
        """UPDATE operation_outputs SET output = '"w1 1 of w2"', serialization = 'portable_json' """
        "WHERE workflow_uuid = 'w1' AND function_id = 1"
    ),
    "a plain number": (
        "UPDATE operation_outputs SET output = '1', serialization = 'portable_json' "
        "WHERE workflow_uuid = 'w1' AND function_id = 1"
    ),
    "a pickle": (
        f"UPDATE operation_outputs SET output = '{PICKLE}', serialization = 'py_pickle' "
        "WHERE workflow_uuid = 'w1' AND function_id = 1"
    ),
    "plain arguments": (
        'UPDATE workflow_input SET inputs = \'{"positionalArgs": ["work", "w1", {"whose": "w2"}]}\' '
        "WHERE workflow_uuid = 'w1'"
    ),
    "other work's arguments": (
        "UPDATE workflow_input SET inputs = (SELECT inputs FROM workflow_input WHERE workflow_uuid = 'w2') "
        "WHERE workflow_uuid = 'w1'"
    ),
    "a step's result as arguments": (
        "UPDATE workflow_input SET inputs = (SELECT output FROM operation_outputs WHERE workflow_uuid = 'w1' "
        "AND function_id = 1) WHERE workflow_uuid = 'w1'"
    ),
}


@pytest.mark.parametrize("what", SWAPPED)
async def test_what_was_put_in_another_place_is_refused(tmp_path: Path, what: str) -> None:
    body = Body()
    executor = await left_before_the_end(tmp_path, body, "w1", "w2")
    assert rewrite(tmp_path, SWAPPED[what]) == 1
    if what == "plain arguments":
        rewrite(tmp_path, "UPDATE workflow_status SET serialization = 'portable_json' WHERE workflow_uuid = 'w1'")
    await goes_on(tmp_path, body, executor, Progress.FAILED, "w1")
    # What was forged is neither believed nor the work done again, and the other work is none the worse.
    assert not [text for text in body.given if text.startswith("w1 4") or ("w1" in text and text.endswith("w2"))]
    assert not [text for text in body.done if text.startswith("w1")]


@pytest.mark.parametrize("owned", [True, False], ids=["whose it is", "as a version before"])
async def test_what_is_in_its_place_is_read(tmp_path: Path, *, owned: bool) -> None:
    body = Body()
    executor = await left_before_the_end(tmp_path, body, "w1", "w2", owned=owned)
    await goes_on(tmp_path, body, executor, Progress.DONE, "w1", "w2")
    assert sorted(body.done) == ["w1 4", "w2 4"]
    assert sorted(body.given) == [f"{w} {n} of {w}" for w in ("w1", "w2") for n in (1, 2, 4)]


@pytest.mark.parametrize(
    "other",
    [WorkOwner("T2", "i1"), WorkOwner("T1", "i2"), WorkOwner("", "i1"), None],
    ids=["another workspace", "another integration", "no workspace", "nobody"],
)
def test_the_same_step_of_the_same_work_is_no_other_owners(other: WorkOwner | None) -> None:
    serializer = SealingSerializer(VAULT)
    with StepCounter("w1", WorkOwner("T1", "i1")).next("plan"):
        sealed = serializer.serialize({"people": 3})
        assert serializer.deserialize(sealed) == {"people": 3}
    with StepCounter("w1", other).next("plan"), pytest.raises(WrongOwner):
        serializer.deserialize(sealed)


def test_what_work_was_asked_for_with_is_sealed_for_its_workspace() -> None:
    asked = {"args": list(arguments_of("runs", "w1", {"run_id": "w1"}, WorkOwner("T1", "i1"))), "kwargs": {}}
    sealed_for, _ = VAULT.read(SealingSerializer(VAULT).serialize(asked).encode())
    assert sealed_for == '["workflow_input", "inputs", "T1", ["w1"], ["runs", "i1"]]'


def as_a_version_before(folder: Path) -> None:
    """Seal all that the engine keeps as versions before did."""
    for table, columns in (("workflow_input", ("inputs",)), ("operation_outputs", ("output", "error"))):
        for column in columns:
            for row, sealed in read(folder, f"SELECT rowid, {column} FROM {table} WHERE {column} LIKE 'gAAAA%'"):
                old = VAULT.seal(FORMER, VAULT.read(sealed.encode())[1]).decode()
                rewrite(folder, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", old, row)


async def test_what_a_version_before_has_begun_goes_on_and_is_sealed_anew(tmp_path: Path) -> None:
    body = Body()
    executor = await left_before_the_end(tmp_path, body, "w1", "w2", owned=False)
    as_a_version_before(tmp_path)
    database = Database(f"sqlite:///{tmp_path}/bot.sqlite3", VAULT)
    await database.migrate()
    async with database.session() as session:
        await session.execute(sa.delete(SealStateRow).where(SealStateRow.name == seal_state.ENGINE_RENEWED))
    async with engine(tmp_path, body) as made:
        await SealRenewal(database, made).renew()
    await database.close()
    # It is taken as it was sealed anew: for its own place.
    await goes_on(tmp_path, body, executor, Progress.DONE, "w1", "w2")
    assert sorted(body.given) == [f"{w} {n} of {w}" for w in ("w1", "w2") for n in (1, 2, 4)]


async def test_before_it_is_sealed_anew_it_is_taken_and_afterwards_refused(tmp_path: Path) -> None:
    body = Body()
    executor = await left_before_the_end(tmp_path, body, "w1", owned=False)
    as_a_version_before(tmp_path)

    async def go_on(made: Engine, progress: Progress) -> None:
        await made.recover_from([executor])
        await until(is_at(made, "w1", progress))

    async with engine(tmp_path, body) as made:
        made.refuse_former()
        await go_on(made, Progress.FAILED)
    assert body.given == []
    rewrite(tmp_path, "UPDATE workflow_status SET status = 'PENDING', executor_id = ?, completed_at = NULL", executor)
    async with engine(tmp_path, body) as made:
        await go_on(made, Progress.DONE)
    assert body.given == ["w1 1 of w1", "w1 2 of w1", "w1 4 of w1"]
