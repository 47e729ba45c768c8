"""Guided conversations: a row of steps, each a form with an answer, a check that may be slow, and a way back.

A step is shown, taken (its answers go into the draft), and proceeds. A step that has to ask another system first
shows "Checking…" at once; the result replaces that view by its external id, so that it can never replace anything
else, and is saved only if the draft is still the one that the check began with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.text import Text
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.interaction import Entered, Visit
from bot.views.blocks import View
from bot.views.wizard import BACK, Frame, Problem
from storage import drafts
from storage.database import Session
from storage.drafts import Draft


@dataclass(frozen=True, slots=True)
class Forward:
    """On to the next step."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Something is in the way: the form again (or another step's), with the problem."""

    problem: Problem | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Errors:
    """An answer does not do. By block id; only from a step that is not slow."""

    by_field: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Show:
    """Another view, in the same step."""

    view: View


@dataclass(frozen=True, slots=True)
class End:
    """The last view; the step has saved everything and finished the draft."""

    view: View


Turn = Forward | Stay | Errors | Show | End


@dataclass(slots=True)
class At:
    """Where a person is in a conversation."""

    visit: Visit
    flow: Flow
    draft: Draft
    answers: Answers
    problem: Problem | None = None

    @property
    def step(self) -> Step:
        """The step that the person is at."""
        return self.flow.find(self.draft.step)

    def frame(self, step: Step | None = None, *, back: str | None = BACK) -> Frame:
        """What the step's view needs. There is no Back on the first step."""
        step = step or self.step
        return Frame(
            t=self.visit.t,
            flow=self.flow.kind,
            step=step.name,
            draft_id=self.draft.id,
            back=back if back != BACK or self.answers.trail else None,
            problem=self.problem,
            position=self.flow.position(step, self),
        )


class Step:
    """One step. `name` is also the last part of its view's callback id; a `question` is off the numbered path."""

    name: str
    question = False

    def applies(self, at: At) -> bool:  # noqa: ARG002 - most steps always do
        """Whether the step is asked at all."""
        return True

    async def view(self, at: At) -> View:
        """The form. Asks nobody but our own database."""
        raise NotImplementedError

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:  # noqa: ARG002 - some steps ask nothing
        """Put what was entered into the answers; says what is wrong with it, by block id."""
        return {}

    def keep(self, at: At, entered: Entered) -> None:
        """Put what was entered into the answers without judging it: the person is going back or away."""
        self.take(at, entered)

    def checking(self, at: At, verb: str = "") -> Text | None:  # noqa: ARG002 - most steps are quick
        """What is said while `proceed` (or `act`, with its verb) asks another system; None when it asks none."""
        return None

    async def proceed(self, at: At) -> Turn:  # noqa: ARG002 - most steps just go on
        """What follows once the answers are taken. Raises `ProviderError` only where `checking` says something."""
        return Forward()

    async def act(self, at: At, verb: str) -> Turn:  # noqa: ARG002 - few steps have buttons of their own
        """What a button of the step does."""
        return Stay()


@dataclass(frozen=True, slots=True)
class Flow:
    """A conversation: its steps in order, the name of a step for the reader, and what is shown once it is finished."""

    kind: str
    steps: Sequence[Step]
    ended: Callable[[At], View]

    def find(self, name: str) -> Step:
        """The step of this name. Raises `KeyError` for one that the flow does not have."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def after(self, step: Step, at: At) -> Step:
        """The next step that applies."""
        following = self.steps[list(self.steps).index(step) + 1 :]
        return next(each for each in following if each.applies(at))

    def position(self, step: Step, at: At) -> tuple[int, int] | None:
        """Which of how many numbered steps it is; None for a question, and for a conversation of a single step."""
        numbered = [each for each in self.steps if not each.question and each.applies(at)]
        if len(numbered) < 2 or step not in numbered:
            return None
        return numbered.index(step) + 1, len(numbered)


async def save(s: Session, at: At, step: str | None = None) -> At:
    """Keep the answers, and count the time to their expiry from now. Raises `StaleVersion`."""
    services = at.visit.services
    draft = replace(at.draft, data=at.answers.to_draft(), step=step or at.draft.step)
    kept = await drafts.save(s, services.database.vault, draft, ttl=lifetime(at.visit), now=services.clock())
    return replace(at, draft=kept)


async def finish(s: Session, at: At, result: str) -> At:
    """Erase the answers in the transaction that makes them true, and leave word of the result for a second press."""
    done = Answers(
        finished=result,
        name=at.answers.name,
        channel_id=at.answers.channel_id,
        provider=at.answers.provider,
    )
    return await save(s, replace(at, answers=done))


def lifetime(visit: Visit) -> timedelta:
    """How long an unfinished conversation is kept."""
    return timedelta(minutes=visit.services.settings.draft_minutes)
