"""The options of a run come back as they went in, and those of runs that are in the database already are read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import json_codec
from storage.run_options import NO_OPTIONS, RunOptions

maybe_text = st.none() | st.text(min_size=1)
hours = st.none() | st.integers(min_value=0)
reasons = st.fixed_dictionaries({"code": st.text(), "count": st.integers(), "of": st.integers(), "field": maybe_text})
options = st.builds(
    RunOptions,
    only=st.none() | st.frozensets(st.text()),
    full=st.booleans(),
    redeliver=st.booleans(),
    everyone=st.booleans(),
    late_hours=hours,
    late_limit=hours,
    first_run=maybe_text,
    shown_run=maybe_text,
    approved=st.lists(reasons).map(tuple),
)


@given(options)
def test_options_come_back_as_they_went_in(chosen: RunOptions) -> None:
    column = json_codec.dumps(chosen.to_json())
    assert RunOptions.from_json(json_codec.loads(column)) == chosen
    # A database without our codec reads it the same: nothing in it needs a tag.
    assert json.loads(column) == chosen.to_json()


@pytest.mark.parametrize(
    ("row", "chosen"),
    [
        ({}, NO_OPTIONS),
        ({"only": ["7", "8"]}, RunOptions(only=frozenset({"7", "8"}))),
        ({"only": []}, RunOptions(only=frozenset())),
        ({"full": True}, RunOptions(full=True)),
        ({"redeliver": True}, RunOptions(redeliver=True)),
        ({"everyone": True}, RunOptions(everyone=True)),
        ({"late_hours": 9, "late_limit": 6}, RunOptions(late_hours=9, late_limit=6)),
        (
            {"first_run": "r1", "shown_run": "r2", "approved": [], "full": True, "only": ["7"]},
            RunOptions(first_run="r1", shown_run="r2", full=True, only=frozenset({"7"})),
        ),
        (
            {
                "first_run": "r1",
                "shown_run": "r1",
                "approved": [{"code": "creates", "count": 2, "of": 2, "field": None}],
                "full": True,
            },
            RunOptions(
                first_run="r1",
                shown_run="r1",
                full=True,
                approved=({"code": "creates", "count": 2, "of": 2, "field": None},),
            ),
        ),
    ],
)
def test_a_row_is_read_and_written_as_it_was(row: dict[str, Any], chosen: RunOptions) -> None:
    assert RunOptions.from_json(row) == chosen
    assert chosen.to_json() == row


def test_what_an_older_version_left_out_or_a_newer_one_added_does_no_harm() -> None:
    assert RunOptions.from_json({"late_hours": 9}) == RunOptions(late_hours=9)
    assert RunOptions.from_json({"full": True, "added_later": 1}) == RunOptions(full=True)
