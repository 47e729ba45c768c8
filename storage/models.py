"""The tables. Query functions live beside their concept (`storage.runs`, ...); only they touch these classes.

Columns of bytes (`storage.seals` lists them) hold what `Vault.seal` made;
everything else is in clear and holds no secret, no identity number, no bank account, no pay and no name of an employee.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.audit_models import AuditAnchorRow as AuditAnchorRow
from storage.audit_models import AuditRow as AuditRow
from storage.leave_models import LeaveEntryRow as LeaveEntryRow
from storage.leave_models import LeaveFileRow as LeaveFileRow
from storage.leave_models import LeaveSettingsRow as LeaveSettingsRow
from storage.model_base import EMPLOYEES, EXTERNAL_ID, ID, RUN_ID, WORD
from storage.model_base import Base as Base
from storage.model_base import table as table
from storage.verdict_model import VerdictRow as VerdictRow


class WorkspaceRow(Base):
    """A Slack team, its settings and its credentials for the source."""

    __tablename__ = "workspaces"

    team_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    enterprise_id: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    name: Mapped[str]
    settings: Mapped[dict[str, Any]]
    source_credentials: Mapped[bytes | None]
    source_account_id: Mapped[str | None]
    source_account_name: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class InstallationRow(Base):
    """What Slack gave at an OAuth installation. Absent parts of the key are empty strings."""

    __tablename__ = "installations"

    enterprise_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    team_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(WORD, primary_key=True)
    user_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    sealed: Mapped[bytes]
    installed_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    rotating_until: Mapped[datetime | None]


class OAuthStateRow(Base):
    """A state parameter given out for one installation, kept as its hash."""

    __tablename__ = "oauth_states"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SlackDeliveryRow(Base):
    """Something that Slack has told, kept as the hash of its own id, so that it is acted on once."""

    __tablename__ = "slack_deliveries"

    delivery_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)


class SealStateRow(Base):
    """What the bot knows of its own seals, sealed (`storage.seal_state`); one that no key opens counts as not there."""

    __tablename__ = "seal_states"

    name: Mapped[str] = mapped_column(WORD, primary_key=True)
    sealed: Mapped[str]


class IntegrationRow(Base):
    """One connection from the workspace's source to one account of a target."""

    __tablename__ = "integrations"
    __table_args__ = (
        Index(
            "uq_integrations_account",
            "team_id",
            "provider",
            "target_account_id",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    team_id: Mapped[str] = mapped_column(EXTERNAL_ID, ForeignKey("workspaces.team_id"), index=True)
    provider: Mapped[str] = mapped_column(WORD)
    target_account_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    target_account_name: Mapped[str]
    environment: Mapped[str] = mapped_column(WORD)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(WORD)
    paused_from_state: Mapped[str | None] = mapped_column(WORD)
    owner_user_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    channel_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    language: Mapped[str] = mapped_column(WORD)
    scope: Mapped[dict[str, Any]]
    settings: Mapped[dict[str, Any]]
    thresholds: Mapped[dict[str, Any]]
    attention: Mapped[dict[str, Any] | None]
    retention_days: Mapped[int | None]
    credentials: Mapped[bytes | None]
    full_compare_at: Mapped[datetime | None]
    last_source_count: Mapped[int | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer)
    removed_at: Mapped[datetime | None]
    basis: Mapped[int | None]
    synced_basis: Mapped[int | None]
    choices: Mapped[bytes | None]


class AccountAssignmentRow(Base):
    """Which workspace an account of a payroll system belongs to, by a key of `storage.account_assignments`."""

    __tablename__ = "account_assignments"

    provider: Mapped[str] = mapped_column(WORD, primary_key=True)
    account_key: Mapped[str] = mapped_column(String(400), primary_key=True)
    team_id: Mapped[str] = mapped_column(EXTERNAL_ID, index=True)
    assigned_by: Mapped[str] = mapped_column(EXTERNAL_ID)
    assigned_at: Mapped[datetime]


class DraftRow(Base):
    """A conversation under way: at most one of a kind per person."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("team_id", "user_id", "kind"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    team_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    user_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    kind: Mapped[str] = mapped_column(WORD)
    integration_id: Mapped[str | None] = mapped_column(
        ID, ForeignKey("integrations.id", ondelete="CASCADE"), index=True
    )
    sealed: Mapped[bytes]
    view_id: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    step: Mapped[str] = mapped_column(WORD)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer)


class ScheduleRow(Base):
    """When an integration syncs by itself. `next_run_at` is what the tick looks for."""

    __tablename__ = "schedules"

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    resource: Mapped[str] = mapped_column(WORD, primary_key=True, server_default=EMPLOYEES)
    weekdays: Mapped[str] = mapped_column(WORD)
    hour: Mapped[int]
    minute: Mapped[int]
    timezone: Mapped[str]
    offset_seconds: Mapped[int]
    next_run_at: Mapped[datetime] = mapped_column(index=True)
    enabled: Mapped[bool] = mapped_column(Boolean)
    holidays: Mapped[str | None] = mapped_column(WORD)
    paused_from: Mapped[date | None]
    paused_until: Mapped[date | None]
    late_hours: Mapped[int | None]
    changed_by: Mapped[str | None] = mapped_column(EXTERNAL_ID)


class DigestRow(Base):
    """When an integration's summary of a day or a week is due, and which one was told last."""

    __tablename__ = "digests"

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    period: Mapped[str] = mapped_column(WORD, primary_key=True)
    weekdays: Mapped[str] = mapped_column(WORD)
    hour: Mapped[int]
    minute: Mapped[int]
    timezone: Mapped[str]
    next_at: Mapped[datetime] = mapped_column(index=True)
    told: Mapped[dict[str, Any] | None]


class ExpiryRow(Base):
    """Until when credentials are good; `integration_id` is "" for the workspace's source. No secret is here."""

    __tablename__ = "expiries"

    team_id: Mapped[str] = mapped_column(EXTERNAL_ID, ForeignKey("workspaces.team_id"), primary_key=True)
    integration_id: Mapped[str] = mapped_column(ID, primary_key=True)
    until: Mapped[date]
    warn_at: Mapped[datetime | None] = mapped_column(index=True)
    told: Mapped[dict[str, Any] | None]


class RunRow(Base):
    """One preview or sync. Its id is made of what caused it, so that the same cause finds the same run."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_integration_id_created_at", "integration_id", "created_at"),
        Index("ix_runs_state", "state"),
    )

    id: Mapped[str] = mapped_column(RUN_ID, primary_key=True)
    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id"))
    team_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    kind: Mapped[str] = mapped_column(WORD)
    trigger: Mapped[str] = mapped_column(WORD)
    requested_by: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    slot: Mapped[datetime | None]
    options: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(WORD)
    reason: Mapped[dict[str, Any] | None]
    counts: Mapped[dict[str, Any]]
    progress_done: Mapped[int]
    progress_total: Mapped[int | None]
    channel_id: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    message_ts: Mapped[str | None] = mapped_column(WORD)
    thread: Mapped[dict[str, Any] | None]
    guard: Mapped[dict[str, Any] | None]
    remarks: Mapped[list[Any] | None]
    refusal: Mapped[bytes | None]
    words: Mapped[bytes | None]
    planner: Mapped[str | None] = mapped_column(ID)
    approved_by: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    approved_at: Mapped[datetime | None]
    approval: Mapped[bytes | None]
    expires_at: Mapped[datetime | None]
    cancel_requested_by: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    interrupted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    basis: Mapped[int | None]
    turn: Mapped[int | None]
    resource: Mapped[str] = mapped_column(WORD, server_default=EMPLOYEES)


class PlanRow(Base):
    """The head of an unfinished run's plan. A plan exists once its head does; the changes are written before it."""

    __tablename__ = "plans"

    run_id: Mapped[str] = mapped_column(RUN_ID, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes]
    digest: Mapped[bytes | None]
    size: Mapped[int]
    created_at: Mapped[datetime]
    resource: Mapped[str] = mapped_column(WORD, server_default=EMPLOYEES)


class PlanChangeRow(Base):
    """What a plan says of one person."""

    __tablename__ = "plan_changes"
    __table_args__ = (
        Index("ix_plan_changes_run_id_kind_applied", "run_id", "kind", "applied", "position"),
        Index("ix_plan_changes_run_id_person_key", "run_id", "person_key"),
    )

    run_id: Mapped[str] = mapped_column(RUN_ID, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    person_key: Mapped[str] = mapped_column(EXTERNAL_ID)
    kind: Mapped[str] = mapped_column(WORD)
    sealed: Mapped[bytes]
    applied: Mapped[bool] = mapped_column(Boolean)


class PlanDifferenceRow(Base):
    """How the plan differs, in one person, from an older one that was approved. `kind` is how the person stands."""

    __tablename__ = "plan_differences"

    run_id: Mapped[str] = mapped_column(RUN_ID, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(WORD)
    sealed: Mapped[bytes]


class RunFileRow(Base):
    """A file in Slack that a run has made for one person; what it holds is kept nowhere."""

    __tablename__ = "run_files"

    run_id: Mapped[str] = mapped_column(RUN_ID, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    file_id: Mapped[str] = mapped_column(ID, primary_key=True)


class OutcomeRow(Base):
    """What became of one person in a run. Their name and the details are sealed."""

    __tablename__ = "outcomes"
    __table_args__ = (Index("ix_outcomes_run_id_kind", "run_id", "kind", "position"),)

    run_id: Mapped[str] = mapped_column(RUN_ID, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    person_number: Mapped[str]
    kind: Mapped[str] = mapped_column(WORD)
    fields: Mapped[list[Any]]
    findings: Mapped[list[Any]]
    target_id: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(index=True)
    resource: Mapped[str] = mapped_column(WORD, server_default=EMPLOYEES)


class PersonRow(Base):
    """What an integration remembers of a person between runs: ids and keyed fingerprints.

    A row with a `trace` alone is of somebody outside the scope, who may turn out to be the double of one within.
    """

    __tablename__ = "people"

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    resource: Mapped[str] = mapped_column(WORD, primary_key=True, server_default=EMPLOYEES)
    source_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    number: Mapped[str | None]
    target_id: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    fingerprint: Mapped[str | None]
    trace: Mapped[str | None]
    last_outcome: Mapped[str | None] = mapped_column(WORD)
    seen_at: Mapped[datetime]


class ProblemRow(Base):
    """What is wrong with one person since when: ids and a code. `solved_run` found it gone; the next run erases it.

    `muted_until` is the last day on which it is not told each time, as long as it is what it was: `muted_as`."""

    __tablename__ = "problems"

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    resource: Mapped[str] = mapped_column(WORD, primary_key=True, server_default=EMPLOYEES)
    source_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    code: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    since: Mapped[datetime]
    first_run: Mapped[str] = mapped_column(RUN_ID)
    solved_run: Mapped[str | None] = mapped_column(RUN_ID)
    muted_until: Mapped[date | None]
    muted_as: Mapped[str | None] = mapped_column(String(64))


class ResolutionRow(Base):
    """What a human decided about a conflict. `sealed` proves that it was decided so."""

    __tablename__ = "resolutions"

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    decision: Mapped[str] = mapped_column(WORD)
    target_id: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    others: Mapped[list[Any] | None]
    decided_by: Mapped[str] = mapped_column(EXTERNAL_ID)
    decided_at: Mapped[datetime]
    sealed: Mapped[bytes | None]


class ExecutorRow(Base):
    """A running copy of the bot and when it last gave a sign of life."""

    __tablename__ = "executors"

    executor_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
