"""Who is held back while Slack wants to be left alone, and for how long. Time passes by sleep alone."""

from __future__ import annotations

import asyncio

import pytest

from bot.slack.call_pauses import LONGEST_PAUSE, UNTOLD_PAUSE, CallKind, CallPauses, StillPaused

POST = CallKind("T1", "chat.postMessage", "C1")


class Hours:
    """A clock that sleep alone moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.now += seconds


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def pauses(hours: Hours) -> CallPauses:
    return CallPauses(lambda: hours.now, hours.sleep)


@pytest.mark.parametrize(
    "other",
    [
        CallKind("T2", "chat.postMessage", "C1"),
        CallKind("T1", "chat.postMessage", "C2"),
        CallKind("T1", "users.info"),
    ],
)
async def test_a_refusal_holds_back_its_own_kind_alone(pauses: CallPauses, hours: Hours, other: CallKind) -> None:
    pauses.refused(POST, 30)
    async with pauses.passage(other, patience=0):
        assert not hours.slept
    async with pauses.passage(POST, patience=30):
        assert hours.slept == [30]


async def test_who_would_wait_too_long_is_told_how_long_at_once(pauses: CallPauses, hours: Hours) -> None:
    pauses.refused(POST, 30)
    with pytest.raises(StillPaused) as paused:
        async with pauses.passage(POST, patience=15):
            raise AssertionError("let through")
    assert (paused.value.seconds, hours.slept) == (30, [])


async def test_those_who_waited_go_one_by_one_until_slack_has_taken_one(pauses: CallPauses, hours: Hours) -> None:
    inside: list[int] = []
    taken: list[int] = []

    async def call(number: int, *, refused_once: bool) -> None:
        async with pauses.passage(POST, patience=60):
            inside.append(number)
            assert len(inside) == 1
            await asyncio.sleep(0)
            inside.remove(number)
            if refused_once:
                pauses.refused(POST, 5)
            else:
                taken.append(number)
                pauses.answered(POST)

    pauses.refused(POST, 10)
    await asyncio.gather(call(0, refused_once=True), *(call(number, refused_once=False) for number in range(1, 20)))
    assert taken == list(range(1, 20))
    # Nineteen wait for the second refusal as well, which the first of them was the only one to meet.
    assert hours.slept == [10, 5]


async def test_an_answer_to_what_was_sent_before_ends_no_pause(pauses: CallPauses) -> None:
    pauses.refused(POST, 30)
    pauses.answered(POST)
    assert pauses.left(POST) == 30


@pytest.mark.parametrize(
    ("asked", "believed"), [(0, UNTOLD_PAUSE), (float("inf"), LONGEST_PAUSE), (10**9, LONGEST_PAUSE)]
)
async def test_what_is_asked_is_believed_within_reason(pauses: CallPauses, asked: float, believed: float) -> None:
    pauses.refused(POST, asked)
    assert pauses.left(POST) == believed


async def test_what_is_over_is_not_remembered_for_ever(pauses: CallPauses, hours: Hours) -> None:
    for number in range(5_000):
        pauses.refused(POST._replace(channel=f"C{number}"), 1)
        hours.now += 2
    assert len(pauses._until) <= 2_000
