"""Each occasion has one JSON form, which is the one that the queue of every version has kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.core.text import text
from bot.jobs.notifications.notification import (
    ApprovalNeeded,
    Approved,
    DigestDue,
    Expiring,
    Finished,
    Notification,
    Trouble,
    notification_from_json,
)

SINCE, UNTIL = datetime(2026, 11, 22, 7, tzinfo=UTC), datetime(2026, 11, 23, 7, tzinfo=UTC)

FORMS: list[tuple[Notification, dict[str, Any]]] = [
    (ApprovalNeeded("RUN"), {"run_id": "RUN", "what": "approval"}),
    (Approved("RUN"), {"run_id": "RUN", "what": "approved"}),
    (Finished("RUN"), {"run_id": "RUN", "what": "finished"}),
    (
        DigestDue("D", "I", "day", SINCE, UNTIL),
        {"run_id": "D", "what": "digest", "integration_id": "I", "period": "day",
         "since": "2026-11-22T07:00:00+00:00", "until": "2026-11-23T07:00:00+00:00"},
    ),
    (
        Expiring("W", "T", "", date(2027, 2, 1)),
        {"run_id": "W", "what": "expiring", "team_id": "T", "integration_id": "", "until": "2027-02-01"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("notification", "kept"), FORMS)
def test_the_form_is_the_one_that_was_always_kept(notification: Notification, kept: dict[str, Any]) -> None:
    assert notification.to_json() == kept
    assert notification_from_json(kept | {"turn": {"base": "report:RUN", "number": 1, "tried": 1}}) == notification


def test_a_text_comes_back_with_its_values() -> None:
    trouble = Trouble("RUN", "I", text("expiry.source", day=date(2027, 2, 1)))
    assert notification_from_json(trouble.to_json()) == trouble


def test_an_occasion_that_is_not_known_is_said_to_be() -> None:
    with pytest.raises(ValueError, match="party"):
        notification_from_json({"run_id": "RUN", "what": "party"})
