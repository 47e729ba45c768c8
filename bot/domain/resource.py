"""What an integration brings to a target, and how the target takes it."""

from __future__ import annotations

from enum import StrEnum


class Resource(StrEnum):
    """What a run is about. Texts: `resource.<value>`."""

    EMPLOYEES = "employees"
    ABSENCE = "absence"


class Capability(StrEnum):
    """How a target takes a resource: it decides the planner, and what a correction looks like.

    RECONCILE: read, compared and written, person by person.
    FILE_SNAPSHOT: files that cannot be read back; a whole period may be made again.
    REPLACE_DAY: rows of a day that are read, changed and deleted one by one.
    UPSERT_BY_KEY: rows named by an id of ours, so that sending one again replaces it.
    APPEND_REVERSE: rows only add up: a correction is minus, then plus.
    """

    RECONCILE = "reconcile"
    FILE_SNAPSHOT = "file_snapshot"
    REPLACE_DAY = "replace_day"
    UPSERT_BY_KEY = "upsert_by_key"
    APPEND_REVERSE = "append_reverse"


class LeaveForm(StrEnum):
    """What a sync of absence makes: rows that are WRITTEN to the target, a FILE for its import, or a LIST that a person
    types in. Texts of what is not written end in `.<value>`."""

    WRITTEN = "written"
    FILE = "file"
    LIST = "list"

    @property
    def suffix(self) -> str:
        """What a key ends with where the words differ; "" for what is written."""
        return "" if self is LeaveForm.WRITTEN else f".{self.value}"


class LeaveWay(StrEnum):
    """How a target takes a code: hours of a day, or a leave of absence from a day on in percent. Never both."""

    DAY = "day"
    PERIOD = "period"
