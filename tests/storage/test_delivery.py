"""How far telling has come, in the forms that versions wrote, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from storage.delivery import DeliveryState, PostedState

KEPT: list[dict[str, Any]] = [
    {},
    {"posting": "message"},
    {"plan": 3, "call.approval": 1},
    {"posting": "result:2", "result": 1, "file_id": "F1"},
    {"result": 2, "file": True, "trouble": True, "trouble.owner": True},
    {"result": 2, "file": True, "file.refused": True, "tables.refused": True, "thread.refused": True, "turn": 4},
    {"channel.refused": "is_archived"},
    {"result": 2, "of a version to come": "kept"},
]


@pytest.mark.parametrize("kept", KEPT)
def test_what_was_kept_of_a_report_is_read_and_written_the_same(kept: dict[str, Any]) -> None:
    assert PostedState.from_json(kept).to_json() == kept


def test_a_new_message_has_an_empty_thread_and_what_was_told_elsewhere_stays_told() -> None:
    state = PostedState.from_json({"result": 2, "file": True, "file_id": "F1", "trouble.owner": True, "turn": 2})
    assert state.renewed().to_json() == {"trouble.owner": True, "turn": 2}


@pytest.mark.parametrize(
    "kept",
    [
        {"id": "digest:1", "at": "2026-11-23T09:00:00+00:00"},
        {"id": "digest:1", "channel": "C1", "ts": "1.2"},
        {"id": "expiry:1", "at": "2026-11-23T09:00:00+00:00", "begun": "C1", "reached": ["C0"]},
    ],
)
def test_what_was_kept_of_a_delivery_is_read_and_written_the_same(kept: dict[str, Any]) -> None:
    state = DeliveryState.from_json(kept)
    assert state is not None
    assert state.to_json() == kept
    assert state.at in (None, datetime(2026, 11, 23, 9, tzinfo=UTC))


def test_nothing_begun_is_no_state() -> None:
    assert DeliveryState.from_json(None) is None
