"""The place of each sealed value: table, column, workspace and primary key of its row, and what else it is bound to.

The place is sealed in with the value (`Vault.seal`), so that one that is copied to another row, column or workspace, or
whose row is given to somebody else, is refused with `WrongOwner` and nothing of it is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.json_codec import Json
from storage.models import (
    AuditAnchorRow,
    Base,
    DraftRow,
    InstallationRow,
    IntegrationRow,
    LeaveEntryRow,
    LeaveFileRow,
    LeaveSettingsRow,
    OutcomeRow,
    PlanChangeRow,
    PlanDifferenceRow,
    PlanRow,
    ResolutionRow,
    RunRow,
    SealStateRow,
    VerdictRow,
    WorkspaceRow,
    table,
)
from storage.vault import (
    Vault,
    draft_owner,
    installation_owner,
    integration_owner,
    run_owner,
    workspace_owner,
)


class Row(Protocol):
    """Values of a row by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column whose values are sealed.

    `bound` are columns beside the primary key whose values the seal holds fast as well. `of` names the column with the
    workspace, "" for what belongs to the installation; a row of a run, or of an integration, belongs to its workspace.
    `former` is the owner that versions before named inside, "" where they had no such column.
    """

    model: type[Base]
    name: str
    former: Callable[[Row], str]
    bound: tuple[str, ...] = ()
    of: str = "team_id"
    rows: sa.Table = field(init=False)
    key: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        # Made once: a place is made for each of 100,000 people.
        rows = table(self.model)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "key", tuple(column.name for column in rows.primary_key.columns))

    @property
    def team(self) -> sa.ColumnElement[str]:
        """The workspace that a row belongs to, to be selected with it."""
        columns = self.rows.c
        if self.of == "run_id":
            runs = table(RunRow).c
            return sa.select(runs.team_id).where(runs.id == columns.run_id).correlate(self.rows).scalar_subquery()
        if self.of == "integration_id":
            own = table(IntegrationRow).c
            return sa.select(own.team_id).where(own.id == columns.integration_id).correlate(self.rows).scalar_subquery()
        if self.model is InstallationRow:
            return sa.case((columns.team_id != "", columns.team_id), else_=columns.enterprise_id)
        return columns[self.of] if self.of else sa.literal("")

    def place(self, team_id: str, row: Row) -> str:
        """What the seal of this row's value names. `row` has the key and what is bound."""
        key = [row[name] for name in self.key]
        return json.dumps([self.rows.name, self.name, team_id, key, [row[name] for name in self.bound]])

    def row(self, of: object, **given: Any) -> Row:
        """What `place` takes of a row: what is `given`, the rest from the attributes of what is kept in it."""
        return {name: given[name] if name in given else getattr(of, name) for name in (*self.key, *self.bound)}

    def seal(self, vault: Vault, team_id: str, row: Row, value: Json) -> bytes:
        """Seal a value for this row of this workspace."""
        return vault.seal(self.place(team_id, row), value)

    def open(self, vault: Vault, team_id: str, row: Row, token: bytes) -> Any:
        """Open what was sealed for this row of this workspace. Raises `WrongOwner`, `Unreadable`."""
        return vault.open(self.place(team_id, row), token, self.former(row))

    def renew(self, vault: Vault, team_id: str, row: Row, token: bytes, *, rotate: bool) -> bytes:
        """See `Vault.renew`."""
        return vault.renew(self.place(team_id, row), self.former(row), token, rotate=rotate)


def _of_run(row: Row) -> str:
    return run_owner(row["run_id"])


def _run(row: Row) -> str:
    return run_owner(row["id"])


SOURCE = SealedColumn(WorkspaceRow, "source_credentials", lambda row: workspace_owner(row["team_id"]))
INSTALLATION = SealedColumn(
    InstallationRow, "sealed", lambda row: installation_owner(row["team_id"] or row["enterprise_id"])
)
CREDENTIALS = SealedColumn(IntegrationRow, "credentials", lambda row: integration_owner(row["id"]))
CHOICES = SealedColumn(IntegrationRow, "choices", lambda _: "")
DRAFT = SealedColumn(
    DraftRow, "sealed", lambda row: draft_owner(row["id"]), bound=("user_id", "kind", "integration_id")
)
STATE = SealedColumn(SealStateRow, "sealed", lambda _: "", of="")
ANCHOR = SealedColumn(AuditAnchorRow, "anchor", lambda _: "")
REFUSAL = SealedColumn(RunRow, "refusal", _run)
WORDS = SealedColumn(RunRow, "words", _run)
APPROVAL = SealedColumn(RunRow, "approval", lambda _: "")
PLAN = SealedColumn(PlanRow, "sealed", _of_run, bound=("size",), of="run_id")
PLAN_DIGEST = SealedColumn(PlanRow, "digest", lambda _: "", bound=("size",), of="run_id")
CHANGE = SealedColumn(PlanChangeRow, "sealed", _of_run, bound=("person_key", "kind"), of="run_id")
DIFFERENCE = SealedColumn(PlanDifferenceRow, "sealed", _of_run, bound=("kind",), of="run_id")
OUTCOME = SealedColumn(OutcomeRow, "sealed", _of_run, bound=("source_id", "kind"), of="run_id")
RESOLUTION = SealedColumn(
    ResolutionRow, "sealed", lambda _: "", bound=("decision", "target_id", "decided_by"), of="integration_id"
)
LEAVE_CHOICES = SealedColumn(LeaveSettingsRow, "choices", lambda _: "", of="integration_id")
LEAVE_ENTRY = SealedColumn(LeaveEntryRow, "sealed", lambda _: "", bound=("employee_id", "unit"))
LEAVE_FILE = SealedColumn(LeaveFileRow, "sealed", lambda _: "", bound=("mode",))
VERDICTS = SealedColumn(VerdictRow, "sealed", lambda _: "", of="integration_id")

COLUMNS: Sequence[SealedColumn] = (
    SOURCE,
    INSTALLATION,
    CREDENTIALS,
    CHOICES,
    DRAFT,
    REFUSAL,
    WORDS,
    APPROVAL,
    PLAN,
    PLAN_DIGEST,
    CHANGE,
    DIFFERENCE,
    OUTCOME,
    RESOLUTION,
    LEAVE_CHOICES,
    LEAVE_ENTRY,
    LEAVE_FILE,
    VERDICTS,
    ANCHOR,
)
"""Every column that holds a sealed value."""


async def team_of_run(session: AsyncSession, run_id: str) -> str:
    """The workspace that a run belongs to; "" for one that is not there."""
    columns = table(RunRow).c
    return await session.scalar(sa.select(columns.team_id).where(columns.id == run_id)) or ""
