"""The tables of absence. Only `storage.leave_ledger`, `storage.leave_files` and `storage.leave_settings` touch them.

Why somebody is away, and for how long, is sealed; in clear are ids, days and keyed hashes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.model_base import EXTERNAL_ID, ID, RUN_ID, WORD, Base


class LeaveEntryRow(Base):
    """An entry of the ledger. Rows are added and, after their time, erased; they are never changed but for the key."""

    __tablename__ = "leave_ledger"
    __table_args__ = (Index("ix_leave_ledger_integration_id_day", "integration_id", "unit", "day"),)

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    team_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    unit: Mapped[str] = mapped_column(WORD)
    employee_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    day: Mapped[date]
    content: Mapped[str] = mapped_column(String(64))
    before: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(WORD)
    target_id: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    target_version: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    contributors: Mapped[list[Any]]
    period: Mapped[str] = mapped_column(EXTERNAL_ID)
    run_id: Mapped[str] = mapped_column(RUN_ID)
    key_mark: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class LeaveFileRow(Base):
    """A file of one payroll period: which one, how far it has come, and, sealed, what it held of whom."""

    __tablename__ = "leave_files"

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    period: Mapped[str] = mapped_column(WORD, primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    team_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    state: Mapped[str] = mapped_column(WORD)
    mode: Mapped[str] = mapped_column(WORD)
    content_digest: Mapped[str] = mapped_column(String(64))
    run_id: Mapped[str] = mapped_column(RUN_ID)
    sealed: Mapped[bytes | None]
    changed_by: Mapped[str | None] = mapped_column(EXTERNAL_ID)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class LeaveSettingsRow(Base):
    """What an integration has chosen for absence, and what its runs have found out. No person is here."""

    __tablename__ = "leave_settings"

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    settings: Mapped[dict[str, Any]]
    extent: Mapped[str | None] = mapped_column(WORD)
    last_rows: Mapped[int | None] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime]
    choices: Mapped[bytes | None]
