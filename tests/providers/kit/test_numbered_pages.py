"""Rows that come and go while a list of numbered pages is read hide nobody, or the list is not believed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from bot.core.text import Text
from bot.providers.errors import Unavailable
from bot.providers.kit.numbered_pages import TIMES, until_at_rest

SIZE = 3


class Pages:
    """A list by number; `between` is called with it and the number of the page that was just given."""

    def __init__(self, rows: str, between: Callable[[list[str], int], None]) -> None:
        self.rows, self.between, self.asked = list(rows), between, 0

    async def sweep(self) -> AsyncGenerator[list[dict[str, Any]], None]:
        number = 0
        while rows := self.rows[number * SIZE : (number + 1) * SIZE]:
            self.asked += 1
            number += 1
            yield [{"id": row} for row in rows]
            self.between(self.rows, self.asked)

    async def read(self) -> str:
        def moving() -> Unavailable:
            return Unavailable("moving", text=Text("provider.unreadable"))

        pages = until_at_rest(self.sweep, lambda row: row["id"], moving)
        return "".join([row["id"] async for page in pages for row in page])


def at(asked: int, change: Callable[[list[str]], Any]) -> Callable[[list[str], int], None]:
    return lambda rows, now: change(rows) if now == asked else None


def one_for_another(rows: list[str]) -> None:
    rows.remove("a")
    rows.append("h")


@pytest.mark.parametrize(
    ("rows", "between", "read", "asked"),
    [
        ("abc", at(1, lambda rows: rows.remove("a")), "abc", 1),
        ("abcdefg", at(1, lambda _rows: None), "abcdefg", 6),
        # d goes to the first page, which was read already.
        ("abcdefg", at(1, lambda rows: rows.remove("a")), "abcefgd", 6),
        ("abcdefg", at(2, lambda rows: rows.remove("f")), "abcdefg", 7),
        # One goes and one comes: the count stays as it is.
        ("abcdefg", at(1, one_for_another), "abcefghd", 9),
        ("abcdef", at(1, lambda rows: rows.insert(0, "z")), "abcdefz", 9),
    ],
)  # fmt: skip
async def test_who_was_there_all_the_time_is_met(
    rows: str, between: Callable[[list[str], int], None], read: str, asked: int
) -> None:
    pages = Pages(rows, between)
    assert await pages.read() == read
    assert set(pages.rows) <= set(read)
    assert pages.asked <= asked + SIZE


async def test_a_list_that_never_comes_to_rest_is_no_list() -> None:
    pages = Pages("abcdef", lambda rows, now: rows.append(f"{now}"))
    pages.between = lambda rows, now: rows.append(str(now)) if now % 2 else None
    with pytest.raises(Unavailable):
        await pages.read()
    assert pages.asked >= TIMES
