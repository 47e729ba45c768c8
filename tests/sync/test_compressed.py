"""What a plan of many people is kept in gives back what was put in, whatever the number, and in little memory."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from bot.domain.change import Change, ChangeKind, Person
from bot.sync.compressed import BLOCK, RUN, CompressedChanges, CompressedList, HashIndex

SIZES = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 3)


def value(n: int) -> dict[str, object]:
    return {"name": f"Åse\n{n} \u2028", "n": n, "parts": [None, True, {"$date": "2026-11-24"}]}


@pytest.mark.parametrize("size", SIZES)
def test_values_come_back_by_position_and_in_order(size: int) -> None:
    shelf = CompressedList()
    assert [shelf.append(value(n)) for n in range(size)] == list(range(size))
    assert list(shelf) == [value(n) for n in range(size)]
    for n in random.Random(1).sample(range(size), size):
        assert shelf[n] == value(n)
    for wrong in (-1, size):
        with pytest.raises(IndexError):
            shelf[wrong]


def test_a_replaced_value_stays_replaced_when_more_follow() -> None:
    shelf = CompressedList()
    for n in range(2 * BLOCK):
        shelf.append(value(n))
        shelf.replace(n // 2, "early")
        shelf.replace(n, ["another", n])
    assert [shelf[n] for n in range(2 * BLOCK)] == ["early"] * BLOCK + [["another", n] for n in range(BLOCK, 2 * BLOCK)]


def test_changes_are_a_list() -> None:
    made = [Change(ChangeKind.UNCHANGED, Person(f"s{n}", str(n), f"Åse {n}")) for n in range(3 * BLOCK)]
    changes = CompressedChanges()
    for change in made:
        changes.append(change)
    assert list(changes) == made
    assert (changes[-1], changes[5:7], len(changes)) == (made[-1], made[5:7], len(made))


def test_everyone_who_bears_a_mark_is_found() -> None:
    chance = random.Random(7)
    known: dict[int, list[int]] = {}
    bearers = HashIndex()
    for bearer in range(3 * RUN + 5):
        # Some are hashes as Python makes them, which may be negative, and some as a digest gives them.
        mark = chance.choice([chance.randrange(-(2**63), 2**63), chance.randrange(2**64), chance.randrange(40)])
        bearers.add(mark, bearer)
        known.setdefault(mark % 2**64, []).append(bearer)
    assert all(bearers.of(mark) == found for mark, found in known.items())
    assert all(bearers.of(mark - 2**64) == known[mark] for mark in known if mark >= 2**63)
    strangers = [mark for mark in (chance.randrange(2**64) for _ in range(20_000)) if mark not in known]
    assert all(bearers.of(mark) == [] for mark in strangers)


def test_a_mark_takes_little_memory() -> None:
    chance = random.Random(5)
    marks = [chance.randrange(2**64) for _ in range(8 * RUN)]
    tracemalloc.start()
    try:
        bearers = HashIndex()
        fixed, _ = tracemalloc.get_traced_memory()
        for bearer, mark in enumerate(marks):
            bearers.add(mark, bearer)
        current, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert bearers.of(marks[-1]) == [len(marks) - 1]
    assert (current - fixed) / len(marks) < 16  # bytes; with a dict it would be over a hundred
