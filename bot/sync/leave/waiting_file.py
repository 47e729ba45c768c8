"""A period's file of which nobody has said yet that it was imported, as a channel may be told of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.leave_delivery import FileMode
from bot.sync.leave.period_files import FileState

AWAITS_IMPORT = (FileState.MADE, FileState.DOWNLOADED)
"""The states of a file that was made and of which nobody has said anything yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFile:
    """Which file it is, and how many rows it has. `delivered`: it was put where the payroll system fetches it, so that
    there is nothing to hand to a person. `first`: payroll has nothing of the period yet. `run_id` made it. `replaces`
    is the number of the one in whose place it came before anybody had imported that, 0 for none: whoever has it must
    not import it any more.
    """

    integration_id: str
    period: str
    sequence: int
    mode: FileMode
    rows: int
    delivered: bool
    run_id: str = ""
    first: bool = False
    replaces: int = 0

    @property
    def value(self) -> str:
        """What a button carries; `file_named` reads it."""
        return f"{self.integration_id}:{self.period}:{self.sequence}"


def file_named(value: str) -> tuple[str, str, int] | None:
    """The integration, period and number that a button carries; None for anything else."""
    match value.split(":"):
        case [integration_id, period, sequence] if sequence.isascii() and sequence.isdigit():
            return integration_id, period, int(sequence)
    return None
