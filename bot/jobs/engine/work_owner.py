"""Whose work it is."""

from __future__ import annotations

from dataclasses import dataclass

from storage.json_codec import Json


@dataclass(frozen=True, slots=True)
class WorkOwner:
    """The workspace that work is for, and its integration; "" for what is about none of them alone, and for the
    workspace of what follows from work of a version before, where that could not be found out.

    It is part of what work is asked for with, and so sealed with it; its steps' results are sealed for it too.
    """

    team_id: str
    integration_id: str

    def is_of(self, team_id: str, integration_id: str) -> bool:
        """Whether what is stored for these, in clear, is what the work was asked for."""
        return self.team_id in ("", team_id) and self.integration_id == integration_id

    def to_json(self) -> list[Json]:
        """As the engine keeps it, behind the arguments."""
        return [self.team_id, self.integration_id]

    @classmethod
    def from_json(cls, kept: object) -> WorkOwner | None:
        """The owner that `to_json` wrote; None for what a version before asked for, which named none."""
        match kept:
            case [str(team_id), str(integration_id)] | (str(team_id), str(integration_id)):
                return cls(team_id, integration_id)
        return None
