"""What came too soon is shown when the pause is over, and never after what is final."""

from __future__ import annotations

import asyncio

from bot.notify.late_edit import LateEdits


class Pause:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.edits = LateEdits(lambda _: self.over.wait())
        self.shown: list[str] = []

    def want(self, what: str) -> None:
        async def edit() -> None:
            self.shown.append(what)

        self.edits.put_off("run", 1.5, edit)

    async def passes(self) -> None:
        self.over.set()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_the_latest_of_those_that_came_too_soon_is_shown() -> None:
    pause = Pause()
    for what in ("reading", "writing 0 of 2", "writing 1 of 2"):
        pause.want(what)
    assert pause.shown == []
    await pause.passes()
    assert pause.shown == ["writing 1 of 2"]
    pause.want("writing 2 of 2")
    await pause.passes()
    assert pause.shown[-1] == "writing 2 of 2"


async def test_nothing_comes_after_the_result() -> None:
    pause = Pause()
    pause.want("writing 1 of 2")
    await pause.edits.drop("run")
    await pause.passes()
    assert pause.shown == []


async def test_the_result_waits_for_an_edit_that_is_being_made() -> None:
    pause, begun, go = Pause(), asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await go.wait()
        pause.shown.append("late")

    pause.edits.put_off("run", 1.5, slow)
    pause.over.set()
    await begun.wait()
    dropped = asyncio.create_task(pause.edits.drop("run"))
    await asyncio.sleep(0)
    assert not dropped.done()
    go.set()
    await dropped
    assert pause.shown == ["late"]
