"""What every guided conversation keeps of itself, and findings as a draft keeps them; all of it is sealed.

Each wizard has a model of its own, composed of the pieces in `bot.handlers.shared.drafts` that its steps need. All of
them are stored flat, under names that are the same in every model: a draft of the one model that there was before,
with the fields of all wizards, reads as the draft of any of them, and what a wizard stores reads as the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bot.core.value_codec import DRAFT
from bot.domain.findings import Finding, Severity


class FoundInPerson(BaseModel):
    """One finding, as the draft keeps it."""

    code: str
    severity: Severity
    field: str
    values: dict[str, Any] = Field(default_factory=dict, repr=False)
    verbatim: str | None = Field(default=None, repr=False)


class ExaminedPerson(BaseModel):
    """One person whose readiness was examined."""

    name: str = Field(repr=False)
    number: str = Field(repr=False)
    findings: list[FoundInPerson] = Field(default_factory=list)


class WizardState(BaseModel):
    """Where a conversation stands. Its subclasses add the answers, credentials among them: no repr shows a field.

    `trail` are the steps that Back leads through; `pending` names the check that is running since `pending_since`
    (seconds since the epoch); `confirmed` the questions that were answered with yes; `tested` tells that a sync of
    the integration has succeeded; `finished` that everything is saved, and as what. `base_version` is the
    integration's version when its editing began; `refreshed_at` is when the latest choice was made that changes the
    form (seconds since the epoch, by Slack's clock).
    """

    # Fields of other wizards may stand in a draft of the form before. What was entered is in no error either.
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    trail: list[str] = Field(default_factory=list)
    pending: str | None = None
    pending_since: float = 0
    confirmed: list[str] = Field(default_factory=list)
    tested: bool = False
    finished: str | None = None
    base_version: int | None = None
    refreshed_at: float = 0

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return [("steps", len(self.trail))]

    @property
    def begun(self) -> bool:
        """Whether anything was answered, so that going on is worth an offer."""
        return bool(self.trail)

    def to_draft(self) -> dict[str, Any]:
        """As the vault keeps it."""
        return self.model_dump()

    @classmethod
    def from_draft(cls, data: Mapping[str, Any]) -> Self:
        """The answers that `to_draft` wrote. Raises `pydantic.ValidationError`, without what was entered."""
        return cls.model_validate(dict(data))

    @classmethod
    def of_person(cls, timezone: str, language: str) -> Self:
        """Nothing answered yet; the person's own zone and language, where the wizard asks for either."""
        return cls.model_validate({"timezone": timezone, "language": language})

    def over(self, result: str) -> Self:
        """What is left once everything is saved as `result`: no more than the last view tells."""
        told = self.model_dump(include={"name", "channel_id", "provider"})
        return self.model_validate({**told, "finished": result})


def as_finding(kept: FoundInPerson) -> Finding:
    """A finding from the draft."""
    values = {key: DRAFT.from_json(value) for key, value in kept.values.items()}
    return Finding(kept.code, kept.severity, kept.field, values, kept.verbatim)


def keep_findings(findings: Sequence[Finding]) -> list[FoundInPerson]:
    """Findings for the draft."""
    return [
        FoundInPerson(
            code=finding.code,
            severity=finding.severity,
            field=finding.field,
            values={key: DRAFT.to_json(value) for key, value in finding.values.items()},
            verbatim=finding.verbatim,
        )
        for finding in findings
    ]
