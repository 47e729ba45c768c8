"""The tables of the audit: its entries, and the anchors of their chains."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.model_base import EXTERNAL_ID, ID, WORD, Base

BIG = BigInteger().with_variant(Integer, "sqlite")


class AuditRow(Base):
    """Who did what. Triggers of the migrations refuse every update and delete, so no foreign key may cascade here.

    `position` counts the entries of a workspace, from 1; `digest` covers the entry and the one before
    (`storage.audit_chain`). Neither is there for what a version before has written, until that is taken into the chain:
    the one update that there is. What is before an anchor's cut may be deleted.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_team_id_id", "team_id", "id"),
        Index("uq_audit_team_id_position", "team_id", "position", unique=True),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=True)
    team_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(EXTERNAL_ID)
    action: Mapped[str] = mapped_column(WORD)
    integration_id: Mapped[str | None] = mapped_column(ID)
    origin: Mapped[str] = mapped_column(WORD)
    old: Mapped[dict[str, Any] | None]
    new: Mapped[dict[str, Any] | None]
    position: Mapped[int | None] = mapped_column(BIG)
    digest: Mapped[str | None] = mapped_column(String(64))


class AuditAnchorRow(Base):
    """Where a workspace's chain ends and begins, and its key, sealed; "" is the installation's own.

    `cut` is the position up to which entries have been erased by age, as the sealed anchor says.
    """

    __tablename__ = "audit_anchors"

    team_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    anchor: Mapped[bytes]
    cut: Mapped[int] = mapped_column(BIG)
