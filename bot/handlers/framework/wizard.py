"""Guided conversations: a row of steps, each a form with an answer, a check that may be slow, and a way back.

A step is shown, taken (its answers go into the draft), and proceeds. A step that has to ask another system first
shows "Checking…" at once; the result replaces that view by its external id, so that it can never replace anything
else, and is saved only if the draft is still the one that the check began with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Generic, TypeVar

from bot.core.text import Text
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.interaction import Entered, Interaction
from bot.providers.errors import ProviderError
from bot.slack.roles import Action
from bot.views import wizard as views
from bot.views.blocks import View
from bot.views.wizard import BACK, Frame, StepProblem
from storage import drafts
from storage.database import Session
from storage.drafts import Draft


@dataclass(frozen=True, slots=True)
class Next:
    """On to the next step."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Something is in the way: the form again (or another step's), with the problem."""

    problem: StepProblem | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """An answer does not do. By block id; only from a step that is not slow."""

    by_field: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Show:
    """Another view, in the same step."""

    view: View = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finish:
    """The last view; the step has saved everything and finished the draft."""

    view: View = field(repr=False)


D = TypeVar("D", bound=WizardState)
D_read = TypeVar("D_read", bound=WizardState, covariant=True)
D_needed = TypeVar("D_needed", bound=WizardState, contravariant=True)

Turn = Next | Stay | FieldErrors | Show | Finish


@dataclass(slots=True)
class StepContext(Generic[D_read]):
    """Where a person is in a conversation. A step sees of the answers what its type says that it needs.

    `answers` is filled in, and never replaced by another object: a set-up's context is one for each of its steps.
    """

    interaction: Interaction
    wizard: Wizard[Any]
    draft: Draft
    answers: D_read
    problem: StepProblem | None = None

    @property
    def step(self) -> WizardStep[Any]:
        """The step that the person is at."""
        return self.wizard.find(self.draft.step)

    def frame(self, step: WizardStep[Any] | None = None, *, back: str | None = BACK) -> Frame:
        """What the step's view needs. There is no Back on the first step."""
        step = step or self.step
        return Frame(
            t=self.interaction.t,
            flow=self.wizard.kind,
            step=step.name,
            draft_id=self.draft.id,
            back=back if back != BACK or self.answers.trail else None,
            problem=self.problem,
            position=self.wizard.position(step, self),
        )


class WizardStep(Generic[D_needed]):
    """One step, for every wizard whose draft has the answers that it needs.

    `name` is also the last part of its view's callback id; a `question` is off the numbered path.
    """

    name: str
    question = False

    def applies(self, context: StepContext[D_needed]) -> bool:  # noqa: ARG002 - most steps always do
        """Whether the step is asked at all."""
        return True

    async def view(self, context: StepContext[D_needed]) -> View:
        """The form. Asks nobody but our own database."""
        raise NotImplementedError

    def take(self, context: StepContext[D_needed], entered: Entered) -> Mapping[str, Text]:  # noqa: ARG002 - some steps ask nothing
        """Put what was entered into the answers; says what is wrong with it, by block id."""
        return {}

    def keep(self, context: StepContext[D_needed], entered: Entered) -> None:
        """Put what was entered into the answers without judging it: the person is going back or away."""
        self.take(context, entered)

    def checking(self, context: StepContext[D_needed], verb: str = "") -> Text | None:  # noqa: ARG002 - most steps are quick
        """What is said while `proceed` (or `act`, with its verb) asks another system; None when it asks none."""
        return None

    async def proceed(self, context: StepContext[D_needed]) -> Turn:  # noqa: ARG002 - most steps just go on
        """What follows once the answers are taken. Raises `ProviderError` only where `checking` says something."""
        return Next()

    async def act(self, context: StepContext[D_needed], verb: str) -> Turn:  # noqa: ARG002 - few steps have buttons of their own
        """What a button of the step does."""
        return Stay()


@dataclass(frozen=True, slots=True)
class Wizard(Generic[D]):
    """A conversation: the model of its draft, its steps in order, what is shown once it is finished, and what its
    people must be allowed to do. `closed` is told that somebody went away, before what was entered is kept; `former`
    names the step that asks now what one of a version before asked; `known` fills in what is known before anybody
    answers, also of whoever starts over, and `anew` what that one asked for: the value of the button."""

    kind: str
    form: type[D]
    steps: Sequence[WizardStep[D]]
    ended: Callable[[StepContext[D]], View]
    action: Action
    closed: Callable[[StepContext[D]], None] | None = None
    former: Mapping[str, str] = field(default_factory=dict)
    known: Callable[[Interaction, D], Awaitable[None]] | None = None
    anew: Callable[[Interaction, D, str], Awaitable[None]] | None = None

    def find(self, name: str) -> WizardStep[D]:
        """The step of this name. Raises `KeyError` for one that the wizard does not have, and never had."""
        for step in self.steps:
            if step.name == self.former.get(name, name):
                return step
        raise KeyError(name)

    def after(self, step: WizardStep[D], context: StepContext[D]) -> WizardStep[D]:
        """The next step that applies."""
        following = self.steps[list(self.steps).index(step) + 1 :]
        return next(candidate for candidate in following if candidate.applies(context))

    def position(self, step: WizardStep[D], context: StepContext[D]) -> tuple[int, int] | None:
        """Which of how many numbered steps it is; None for a question, and for a conversation of a single step."""
        numbered = [asked for asked in self.steps if not asked.question and asked.applies(context)]
        if len(numbered) < 2 or step not in numbered:
            return None
        return numbered.index(step) + 1, len(numbered)


async def follow(context: StepContext[Any], turn: Turn) -> View:
    """Keep the answers and give the view that comes next. Raises `StaleVersion`."""
    match turn:
        case Finish(view):
            return view
        case FieldErrors():
            raise TypeError("a slow step cannot answer with errors at its fields")
        case _:
            context.answers.pending = None
    step = context.step
    following = step
    if isinstance(turn, Next):
        context.answers.trail.append(step.name)
        following = context.wizard.after(step, context)
    elif isinstance(turn, Stay):
        context.problem = turn.problem
        if turn.step and turn.step != step.name:
            following = context.wizard.find(turn.step)
            while following.name in context.answers.trail:
                context.answers.trail.pop()
    async with context.interaction.services.database.session() as session:
        context = await save(session, context, following.name)
    return turn.view if isinstance(turn, Show) else await following.view(context)


async def save(session: Session, context: StepContext[D], step: str | None = None) -> StepContext[D]:
    """Keep the answers, and count the time to their expiry from now. Raises `StaleVersion`."""
    services = context.interaction.services
    draft = replace(context.draft, data=context.answers.to_draft(), step=step or context.draft.step)
    kept = await drafts.save(
        session, services.database.vault, draft, ttl=lifetime(context.interaction), now=services.clock()
    )
    return replace(context, draft=kept)


async def finish(session: Session, context: StepContext[D], result: str) -> StepContext[D]:
    """Erase the answers in the transaction that makes them true, and leave word of the result for a second press."""
    return await save(session, replace(context, answers=context.answers.over(result)))


def lifetime(interaction: Interaction) -> timedelta:
    """How long an unfinished conversation is kept."""
    return timedelta(minutes=interaction.services.settings.draft_minutes)


def problem_of(error: ProviderError, field: str | None = None) -> StepProblem:
    """A provider's error for the form."""
    return StepProblem(
        text=error.text, advice=error.advice, verbatim=error.verbatim, reference=error.reference, field=field
    )


def shown_step(interaction: Interaction) -> str:
    """The name of the step whose view the interaction comes from."""
    return str((interaction.view or {}).get("callback_id", "")).rpartition(":")[2]


def expired(interaction: Interaction) -> View:
    """The conversation is gone: it has run out of time, or another of its kind was begun."""
    return views.expired(interaction.t, interaction.services.settings.draft_minutes)
