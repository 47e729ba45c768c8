"""What a run notes of the guard comes back as it was noted, also by the version before."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.runs.guard_note import GuardNote
from bot.sync.plan.guard import GuardReason
from bot.sync.plan.plan_diff import DiffKind, PlanDiff
from storage import json_codec

times = st.datetimes(timezones=st.just(UTC))
reasons = st.builds(GuardReason, st.text(), st.integers(), st.integers(), st.none() | st.text())
again = st.builds(PlanDiff, st.text(), times, times, st.dictionaries(st.sampled_from(DiffKind), st.integers()))
notes = st.builds(GuardNote, st.lists(reasons).map(tuple), st.none() | again)


@given(notes)
def test_a_note_comes_back_as_it_was_noted(note: GuardNote) -> None:
    assert GuardNote.from_json(json_codec.loads(json_codec.dumps(note.to_json()))) == note


def test_what_the_version_before_noted_is_read() -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert GuardNote.from_json(None) == GuardNote()
    assert GuardNote().to_json() is None
    waits = {"reasons": [{"code": "creates", "count": 2, "of": 2, "field": None}]}
    assert GuardNote.from_json(waits) == GuardNote((GuardReason("creates", 2, 2),))
    assert GuardNote.from_json(waits).to_json() == waits
    anew = {
        "reasons": [],
        "again": {
            "approved_by": "U1",
            "approved_at": at.isoformat(),
            "made_at": at.isoformat(),
            "turns": {"came_in": 1},
        },
    }
    assert GuardNote.from_json(anew) == GuardNote((), PlanDiff("U1", at, at, {DiffKind.CAME_IN: 1}))
    assert GuardNote.from_json(anew).to_json() == anew
