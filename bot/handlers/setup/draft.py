"""What a set-up has asked so far."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from bot.handlers.edit.absence_draft import AbsenceDraft
from bot.handlers.framework.draft import FoundInPerson
from bot.handlers.shared.drafts import ChannelDraft, ScopeDraft


class SetupDraft(ScopeDraft, AbsenceDraft, ChannelDraft):
    """All that a new integration needs, the choices for absence where the payroll system takes nothing else.

    `replace_source` tells that another token is asked for in place of the workspace's; `warnings` is what the
    payroll system's own look at the account has found. `with_absence` leads on to the choices for absence;
    `all_settings` shows also those that nobody has to choose; `copied` names the integration whose settings it began
    with; `kept_told` that whoever closed the window knows that all of it is kept.
    """

    replace_source: bool = False
    with_absence: bool = False
    all_settings: bool = False
    copied: str = ""
    kept_told: bool = False
    warnings: list[FoundInPerson] = Field(default_factory=list)

    @property
    def begun(self) -> bool:
        """From the choice of a system on."""
        return bool(self.trail or self.provider)

    def over(self, result: str) -> Self:
        """As any conversation's; the last view tells that absence is left to be chosen."""
        return super().over(result).model_copy(update={"with_absence": self.with_absence})

    def forget_target(self) -> None:
        """Another system or other credentials: what was read with the former ones does not hold."""
        self.target_company = None
        self.choices = {}
        self.warnings = []
