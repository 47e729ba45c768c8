"""What is kept of a period's file until it is imported or replaced: what it books, and, where no server took it, the
file itself or the rows of a list. All of it stands in one sealed column.

As JSON: `days` first and last day; `rows` as `bot.jobs.leave.leave_file_store` books them; `count` rows of the file;
`replaces` the number of the one in whose place it came; `files` name and base64 of each; `list` rows of employee
number, name, day, code, hours and child's name; `first` where payroll has nothing of the period yet. Without `files`
and `list` there is nothing to hand to a person.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from bot.domain.leave_delivery import FileMode, LeaveFileRequest
from bot.providers.leave_protocol import LeaveFile
from bot.providers.protocol import PackedFile
from bot.sync.leave.waiting_file import WaitingFile
from storage.leave_files import StoredLeaveFile


def to_hand_over(request: LeaveFileRequest, file: LeaveFile | None, *, delivered: bool, first: bool) -> dict[str, Any]:
    """What is kept beside the booking, so that a person can be given the file later."""
    kept: dict[str, Any] = {"count": len(request.rows), "first": first}
    if file is None:
        kept["list"] = [
            [
                row.person.number,
                row.person.name,
                row.key.day.isoformat(),
                row.key.code,
                str(row.hours),
                row.child_name or "",
            ]
            for row in request.rows
        ]
    elif not delivered:
        kept["files"] = [[packed.name, b64encode(packed.content).decode()] for packed in file.files]
    return kept


def packed_files(stored: StoredLeaveFile) -> list[PackedFile]:
    """The files to hand over; none of a list, and of what a server took or is erased."""
    return [PackedFile(name=name, content=b64decode(content)) for name, content in _held(stored).get("files", ())]


def list_rows(stored: StoredLeaveFile) -> Sequence[Sequence[str]] | None:
    """The rows that a person types in; None of a file."""
    rows: Sequence[Sequence[str]] | None = _held(stored).get("list")
    return rows


def waiting_file(stored: StoredLeaveFile) -> WaitingFile:
    """The file as a channel may be told of it."""
    held = _held(stored)
    return WaitingFile(
        integration_id=stored.integration_id,
        period=stored.period,
        sequence=stored.sequence,
        mode=FileMode(stored.mode),
        rows=held.get("count", len(held.get("rows", ()))),
        delivered="files" not in held and "list" not in held,
        run_id=stored.run_id,
        first=bool(held.get("first")),
        replaces=held.get("replaces", 0),
    )


def _held(stored: StoredLeaveFile) -> dict[str, Any]:
    return stored.held if isinstance(stored.held, dict) else {}
