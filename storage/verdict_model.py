"""The table of what comparisons have said of people in whom nothing was to be written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.model_base import EXTERNAL_ID, ID, Base


class VerdictRow(Base):
    """A page of people, by the source id of the first: keyed digests, and sealed with them what was found.

    It is a cache: a page that is erased is made again by the next comparison of everybody.
    """

    __tablename__ = "verdicts"

    integration_id: Mapped[str] = mapped_column(ID, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    first_id: Mapped[str] = mapped_column(EXTERNAL_ID, primary_key=True)
    sealed: Mapped[bytes]
    made_at: Mapped[datetime]
