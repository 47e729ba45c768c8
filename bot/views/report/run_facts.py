"""What the message of a run shows, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.text import Text
from bot.domain.outcome import OutcomeKind
from bot.domain.run_remark import RunRemark
from bot.sync.plan.plan_diff import PlanDiff
from bot.sync.report.issues import PROBLEMS, WRITES
from bot.views.report.profile_links import NOWHERE, Links


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the message of a run shows. Times are aware; `requested_by` and `approved_by` are Slack user ids.

    `numbers_only` says that nobody is named, as outsiders read the channel; `channel_id` is the integration's.

    `provider` is the target's key, by which codes are named.

    `absence` is a run of leave. `counts` go by outcome; `compared_at` is when everyone was last compared, before
    this run. `stage` is reading, planning, applying or reporting; `waits` says what a run that goes on later waits
    for. `everyone` is a preview beyond the scope, which no sync applies. `reason` says why a run did not do its
    work, `words` that a system said something of it, which `bot.views.runs.system_words` shows; `other_payroll`
    counts who seem to belong to another;
    `muted` whose known problem is not told; `reconnect` says that
    none does until somebody enters other credentials; `guard` why it waits for approval; `remarks` what is told of it
    as a whole. `others_approve` says that whoever asked for the run may not approve it. `refused` tells that the one
    who cancelled it was asked to approve it; `refusal` are their own words. `again` is set where the plan took the
    place of one that had been approved, or shown by a preview.
    """

    run_id: str
    preview: bool
    integration_id: str
    integration: str
    source: str
    target: str
    provider: str = ""
    absence: bool = False
    everyone: bool = False
    scheduled: bool = False
    requested_by: str | None = None
    stage: str = "queued"
    done: int = 0
    total: int = 0
    waits: Text | None = None
    counts: Mapping[OutcomeKind, int] = field(default_factory=dict)
    compared_at: datetime | None = None
    reason: Text | None = None
    advice: Text | None = None
    words: bool = False
    other_payroll: int = 0
    muted: int = 0
    reconnect: bool = False
    guard: Sequence[Text] = ()
    remarks: Sequence[RunRemark] = ()
    again: PlanDiff | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    others_approve: bool = False
    schedule_changed_by: str | None = None
    numbers_only: bool = False
    channel_id: str = ""
    cancelled_by: str | None = None
    refused: bool = False
    refusal: str | None = None
    started_at: datetime | None = None
    interrupted_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    next_step: str | None = None
    links: Links = NOWHERE

    @property
    def people(self) -> int:
        """How many employees the run has an outcome for."""
        return sum(self.counts.values())

    @property
    def settled(self) -> int:
        """How many of them are in the target as they should be."""
        return sum(self.counts.get(kind, 0) for kind in (*WRITES, OutcomeKind.UNCHANGED))

    @property
    def problems(self) -> int:
        """How many of them need a person, without those whose known problem somebody has muted."""
        return sum(self.counts.get(kind, 0) for kind in PROBLEMS) - self.muted
