"""Who asks at once shares a question, and no answer is older than the question that it is for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from bot.core.shared_question import SharedQuestion


class Counter:
    """Answers with how often it was asked, once it is let."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.may_answer = asyncio.Event()

    async def __call__(self, keys: Collection[str]) -> dict[str, int]:
        self.asked.append(set(keys))
        number = len(self.asked)
        await self.may_answer.wait()
        if "broken" in keys:
            raise ValueError("broken")
        return {key: number for key in keys if key != "unknown"}


async def test_who_comes_while_a_question_is_under_way_shares_the_next_one() -> None:
    counter = Counter()
    shared = SharedQuestion(counter)
    first = asyncio.create_task(shared.of("a"))
    while not counter.asked:  # noqa: ASYNC110 - a turn of the loop
        await asyncio.sleep(0)
    later = [asyncio.create_task(shared.of(key)) for key in ("a", "a", "b", "unknown")]
    await asyncio.sleep(0)
    counter.may_answer.set()
    assert await first == 1
    assert await asyncio.gather(*later) == [2, 2, 2, None], "what was read before they asked is no answer"
    assert counter.asked == [{"a"}, {"a", "b", "unknown"}]


async def test_an_error_is_that_of_all_who_asked_and_of_nobody_after_them() -> None:
    counter = Counter()
    counter.may_answer.set()
    shared = SharedQuestion(counter)
    said = await asyncio.gather(shared.of("a"), shared.of("broken"), return_exceptions=True)
    assert [type(one) for one in said] == [ValueError, ValueError]
    assert await shared.of("a") == 2


async def test_who_gives_up_leaves_the_others_their_answer() -> None:
    counter = Counter()
    shared = SharedQuestion(counter)
    given_up, other = asyncio.create_task(shared.of("a")), asyncio.create_task(shared.of("a"))
    await asyncio.sleep(0)
    given_up.cancel()
    counter.may_answer.set()
    assert await other == 1
    with pytest.raises(asyncio.CancelledError):
        await given_up
