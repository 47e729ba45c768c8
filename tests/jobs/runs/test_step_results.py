"""What the engine remembers of a run's steps comes back as it was, also what the versions before wrote."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import Text
from bot.jobs.runs.queue import ApplyWork, PlanWork, RunWork, run_work_from_json
from bot.jobs.runs.result import DONE, RunResult
from bot.jobs.runs.step_results import (
    Batch,
    Begun,
    Ended,
    GoOn,
    NextPhase,
    Overtaken,
    PlanAnew,
    Proceed,
    RetryLater,
    SetAside,
    StepResult,
    step_result_from_json,
)
from storage import json_codec
from storage.runs import RunState

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.dates() | st.datetimes(timezones=st.just(UTC))
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner).map(tuple) | st.builds(Text, st.text(), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)  # fmt: skip
texts = st.builds(Text, st.text(), st.dictionaries(st.text(), values))
words = st.none() | st.text()
endings = st.builds(RunResult, st.sampled_from(RunState), st.none() | texts, st.none() | texts, words, words)
ended = st.builds(Ended, endings, st.booleans())
batches = st.builds(Batch, st.integers(min_value=1), st.booleans()) | st.just(Batch(0, over=True))
results = st.one_of(
    st.just(GoOn()), st.just(Overtaken()), st.builds(Proceed, st.sampled_from(NextPhase)), batches, ended,
    st.builds(PlanAnew, words, st.text()),
    st.builds(RetryLater, endings, st.floats(min_value=0, allow_infinity=False), st.integers(min_value=0)),
)  # fmt: skip
begun = st.builds(
    Begun, st.text(), st.just(GoOn()) | st.just(Overtaken()) | ended, words, st.lists(st.text()).map(tuple)
)
FAILED = RunResult(RunState.FAILED, Text("error.unavailable"), None, "busy", "ref-1")
FAILED_JSON = {
    "state": "failed",
    "text": {"$text": "error.unavailable", "values": {}},
    "advice": None,
    "verbatim": "busy",
    "reference": "ref-1",
}
DONE_JSON = {"state": "done", "text": None, "advice": None, "verbatim": None, "reference": None}


def remembered(value: Any) -> Any:
    """As the engine keeps it."""
    return json_codec.loads(json_codec.dumps(value))


@given(results)
def test_a_result_comes_back_as_it_was(result: StepResult) -> None:
    assert step_result_from_json(remembered(result.to_json())) == result


@given(begun)
def test_a_beginning_comes_back_as_it_was(result: Begun) -> None:
    assert Begun.from_json(remembered(result.to_json())) == result


@given(endings)
def test_an_ending_comes_back_as_it_was(ending: RunResult) -> None:
    assert RunResult.from_json(remembered(ending.to_json())) == ending


@given(st.builds(PlanWork, st.text()) | st.builds(ApplyWork, st.text()))
def test_work_comes_back_as_it_was(work: RunWork) -> None:
    assert run_work_from_json(remembered(work.to_json())) == work


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({}, Overtaken()),
        ({"go": True}, GoOn()),
        ({"next": "ask"}, Proceed(NextPhase.ASK)),
        ({"next": "report"}, Proceed(NextPhase.REPORT)),
        ({"next": "apply"}, Proceed(NextPhase.APPLY)),
        # Before a batch said whether it was the last one.
        ({"done": 10}, Batch(10, over=False)),
        ({"done": 0}, Batch(0, over=True)),
        ({"done": 10, "over": False}, Batch(10, over=False)),
        ({"done": 4, "over": True}, Batch(4, over=True)),
        ({"ending": DONE_JSON}, Ended(DONE)),
        ({"ending": FAILED_JSON, "reconnect": False}, Ended(FAILED)),
        ({"ending": FAILED_JSON, "reconnect": True}, Ended(FAILED, reconnect=True)),
        ({"ending": FAILED_JSON, "retry_after": 1.5, "reached": 3}, RetryLater(FAILED, 1.5, 3)),
        ({"wait": 1.5, "partition": "p"}, SetAside(1.5, "p")),
    ],
)
def test_what_a_version_before_wrote_is_read(written: dict[str, Any], meant: StepResult) -> None:
    assert step_result_from_json(remembered(written)) == meant


def test_how_a_run_began_is_read_as_a_version_before_wrote_it() -> None:
    assert Begun.from_json({"integration_id": "i1"}) == Begun("i1", Overtaken())
    assert Begun.from_json({"integration_id": "i1", "superseded": [], "go": True}) == Begun("i1", GoOn())
    assert Begun.from_json({"integration_id": "i1", "superseded": ["r1"], "shown": "r0", "go": True}) == Begun(
        "i1", GoOn(), "r0", ("r1",)
    )
    assert Begun.from_json({"integration_id": "i1", "ending": FAILED_JSON}) == Begun("i1", Ended(FAILED))


def test_a_version_before_finds_the_keys_it_looks_for() -> None:
    assert Begun("i1", GoOn(), "r0", ("r1",)).to_json() == {
        "integration_id": "i1",
        "shown": "r0",
        "superseded": ["r1"],
        "go": True,
    }
    assert Batch(4, over=True).to_json() == {"done": 4, "over": True}
    assert RetryLater(FAILED, 1.5, 3).to_json() == {"ending": FAILED_JSON, "retry_after": 1.5, "reached": 3}
    assert Ended(FAILED, reconnect=True).to_json() == {"ending": FAILED_JSON, "reconnect": True}
    assert Ended(DONE).to_json() == {"ending": DONE_JSON}
    assert PlanWork("r1").to_json() == {"run_id": "r1", "phase": "plan"}
    assert ApplyWork("r1").to_json() == {"run_id": "r1", "phase": "apply"}
    assert (PlanWork("r1").work_id, ApplyWork("r1").work_id) == ("r1", "approved:r1")


def test_values_of_texts_are_kept_as_what_they_are() -> None:
    text = Text("one", {"amount": Decimal("12.50"), "day": date(2026, 3, 2), "at": datetime(2026, 3, 2, tzinfo=UTC)})
    ending = RunResult(RunState.FAILED, text)
    assert RunResult.from_json(remembered(ending.to_json())) == ending
