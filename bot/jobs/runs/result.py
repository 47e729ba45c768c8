"""How a run ended, kept with the run from the moment it is known until it has been reported, and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bot.core.text import Text
from bot.providers.errors import ProviderError
from bot.sync.codec import value_from_json, value_to_json
from storage.runs import Run, RunState


@dataclass(frozen=True, slots=True)
class RunResult:
    """`state` is done, failed or cancelled; `text` says why unless it is done, `advice` what to do next.

    `verbatim` is an outside system's own wording, `reference` its id for the request.
    """

    state: RunState
    text: Text | None = None
    advice: Text | None = None
    verbatim: str | None = None
    reference: str | None = None

    @classmethod
    def failed(cls, error: ProviderError) -> Self:
        """The run failed for a reason that a provider gave."""
        return cls(RunState.FAILED, error.text, error.advice, error.verbatim, error.reference)

    def without_words(self) -> Self:
        """What may stand in clear: a system's own words are kept apart, sealed (`storage.run_words`)."""
        return replace(self, verbatim=None)

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form: `Run.reason`, where the run was not simply done."""
        return {
            "state": self.state.value,
            "text": value_to_json(self.text),
            "advice": value_to_json(self.advice),
            "verbatim": self.verbatim,
            "reference": self.reference,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The ending that `to_json` wrote."""
        return cls(
            RunState(data["state"]),
            value_from_json(data["text"]),
            value_from_json(data["advice"]),
            data["verbatim"],
            data["reference"],
        )


DONE = RunResult(RunState.DONE)


def result_of(run: Run) -> RunResult:
    """How a run that is being reported, or is over, ended."""
    if run.reason:
        return RunResult.from_json(run.reason)
    return RunResult(run.state) if run.state.ended else DONE
