"""Steps that fail, and steps that wait."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.jobs.engine.engine import Progress, StepFailed, Steps
from storage.trouble import DatabaseTrouble
from tests.jobs.engine.test_engine import FEW_TRIES, engine, is_at
from tests.support.replica_world import until


@pytest.mark.parametrize("away", [0, 6])
async def test_a_step_waits_for_a_database_that_cannot_be_written_to_and_for_nothing_else(
    tmp_path: Path, away: int
) -> None:
    tried, ended = 0, list[str]()

    async def trouble() -> DatabaseTrouble | None:
        return DatabaseTrouble.READ_ONLY if tried <= away else None

    async def body(steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        async def one() -> None:
            nonlocal tried
            tried += 1
            if tried <= 6:
                raise OperationalError("INSERT", None, Exception("read-only"))

        try:
            await steps.step("one", one)
            ended.append("done")
        except StepFailed:
            ended.append("failed")

    quick = replace(FEW_TRIES, step_retry_seconds=0.001)
    async with engine(tmp_path, body, tuning=quick, trouble=trouble) as made:
        await made.enqueue("work", "w1", "p", {})
        await until(is_at(made, "w1", Progress.DONE))
    assert (tried, ended) == ((7, ["done"]) if away else (3, ["failed"]))
