"""Entries and files of leave for the tests of storage."""

from __future__ import annotations

from datetime import date
from typing import Any

from storage.leave_files import StoredLeaveFile
from storage.leave_ledger import StoredLeaveEntry

DAY = date(2026, 11, 2)


def leave_entry(key: str = "k1", sequence: int = 1, day: date = DAY, **more: Any) -> StoredLeaveEntry:
    values: dict[str, Any] = {
        "employee_id": "e1",
        "content": "c1",
        "state": "delivered",
        "run_id": "sync:1",
        "target_id": "r1",
        "target_version": "3",
        "contributors": ("leave-1",),
        "period": "2026-11",
        "detail": {"code": "801", "hours": "7.50"},
    }
    return StoredLeaveEntry(key=key, sequence=sequence, day=day, **(values | more))


def leave_file(integration_id: str, sequence: int = 1, **more: Any) -> StoredLeaveFile:
    values: dict[str, Any] = {
        "period": "2026-11",
        "state": "made",
        "mode": "whole",
        "content_digest": "d" * 64,
        "run_id": "sync:1",
        "held": [["k1", "7.50"]],
    }
    return StoredLeaveFile(integration_id=integration_id, sequence=sequence, **(values | more))
