"""A plan, or what became of it, person by person: with a filter, a search and pages.

While a run lives its plan is read, with the values that may be shown, and that of a preview as long as it can be
applied. After that its values are erased; what is kept are the outcomes: who, which fields, and why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from pydantic import Field

from bot.core.text import Text, text
from bot.domain.outcome import PLANNED_AS, OutcomeKind
from bot.handlers.framework.integration_picker import on_id
from bot.handlers.framework.interaction import Entered, Interaction, place_of
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Stay, StepContext, Turn, Wizard, WizardStep
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs.loaders import run_of
from bot.handlers.runs.mute import offers_muting
from bot.handlers.runs.run_people import is_ahead, opened, rows_after
from bot.handlers.shared.drafts import RunDraft
from bot.notify.profile_links import links_of
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.overview.cards import PLAN, UNDO
from bot.views.runs import plan_browser as views
from bot.views.runs.plan_browser import EVERYBODY, WRITTEN, Shown
from storage import audit, outcomes, plans, runs
from storage.integrations import Integration
from storage.runs import Run, RunKind

KIND = "plan"

FIRST = plans.START

_CHANGES = {outcome.value: change.value for change, outcome in PLANNED_AS.items()}


class PlanBrowserDraft(RunDraft):
    """The filter and the search, where each page that was turned to begins, and whether a sync is to be undone."""

    plan_kind: str = ""
    plan_undo: bool = False
    plan_query: str = ""
    plan_pages: list[int] = Field(default_factory=list)


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The button of a report, and the conversation."""
    runner.add(Wizard(KIND, PlanBrowserDraft, (PlanPeopleStep(),), _over, Action.DETAILS))

    async def show(interaction: Interaction, *, undo: bool = False) -> None:
        run = await run_of(interaction)
        if run is None:
            return

        async def begin(interaction: Interaction, integration: Integration) -> None:
            async with interaction.services.database.session() as session:
                new = {"run": run.id}
                await audit.write(session, run.team_id, interaction.user_id, "run.viewed", integration.id, new=new)
            answers = PlanBrowserDraft(
                name=integration.name,
                provider=integration.provider,
                run_id=run.id,
                plan_kind=WRITTEN if undo else "",
                plan_undo=undo,
            )
            await runner.begin(interaction, KIND, answers, integration.id)

        await on_id(interaction, run.integration_id, begin)

    async def show_written(interaction: Interaction) -> None:
        await show(interaction, undo=True)

    listeners.action(PLAN, show, Action.DETAILS)
    listeners.action(UNDO, show_written, Action.DETAILS)


class PlanPeopleStep(WizardStep[PlanBrowserDraft]):
    """The list, a page at a time."""

    name = "people"

    async def view(self, context: StepContext[PlanBrowserDraft]) -> View:
        """The page that the answers lead to, read anew."""
        services, answers = context.interaction.services, context.answers
        async with services.database.reading() as session:
            run = await runs.get(session, answers.run_id, team_id=context.interaction.team_id)
            planned = run is not None and await is_ahead(session, services.database, run)
            counts = await (plans if planned else outcomes).counts(session, answers.run_id) if run else {}
        if run is None:
            return views.gone(context.interaction.t)
        names = {change: outcome for outcome, change in _CHANGES.items()} if planned else {}
        links = links_of(services.settings.pages, answers.provider, context.interaction.t)
        found, more = await _page(context, run, planned=planned)
        return views.people(
            context.frame(back=None),
            views.Page(
                integration=answers.name,
                counts={OutcomeKind(names.get(kind, kind)): count for kind, count in counts.items()},
                unchanged=run.counts.get(OutcomeKind.UNCHANGED.value, 0),
                preview=planned or run.kind is RunKind.PREVIEW,
                kept=planned,
                chosen=answers.plan_kind or EVERYBODY,
                query=answers.plan_query,
                found=found,
                more=more,
                number=len(answers.plan_pages),
                links=links,
                provider=answers.provider,
                run_id=run.id if offers_muting(run) else "",
                undo=answers.plan_undo,
            ),
        )

    def take(self, context: StepContext[PlanBrowserDraft], entered: Entered) -> Mapping[str, Text]:
        """Another filter or search begins at the first page."""
        answers = context.answers
        kind = entered.get(views.FILTER, answers.plan_kind)
        query = entered.get(views.SEARCH, answers.plan_query)
        wanted = (
            "" if kind in (None, EVERYBODY) else str(kind),
            " ".join(query.split()) if isinstance(query, str) else "",
        )
        if wanted != (answers.plan_kind, answers.plan_query):
            answers.plan_kind, answers.plan_query = wanted
            answers.plan_pages = []
        return {}

    def checking(self, context: StepContext[PlanBrowserDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - whatever is pressed
        """Names are encrypted: a search opens them one after another."""
        return text("plan.searching", name=context.answers.name) if context.answers.plan_query else None

    async def proceed(self, context: StepContext[PlanBrowserDraft]) -> Turn:  # noqa: ARG002 - the search is in the answers
        """The search was entered."""
        return Stay()

    async def act(self, context: StepContext[PlanBrowserDraft], verb: str) -> Turn:
        """Turn the page: the button forward tells where it begins."""
        if verb == "next" and (place := place_of(context.interaction.value)) is not None:
            context.answers.plan_pages.append(place)
        elif verb == "previous" and context.answers.plan_pages:
            context.answers.plan_pages.pop()
        return Stay()


async def _page(context: StepContext[PlanBrowserDraft], run: Run, *, planned: bool) -> tuple[list[Shown], bool]:
    """The people of a page, and whether more follow."""
    answers, t = context.answers, context.interaction.t
    kinds: Sequence[str] | None = views.kinds_of(answers.plan_kind)
    if kinds and planned:
        kinds = [_CHANGES[kind] for kind in kinds if kind in _CHANGES]
    after = answers.plan_pages[-1] if answers.plan_pages else FIRST
    found: list[Shown] = []
    while True:
        rows = await rows_after(context.interaction.services.database, run.id, after, kinds, planned=planned)
        if not rows:
            return found, False
        after = rows[-1].position
        for person in await asyncio.to_thread(opened, rows):
            if not views.says(person, answers.plan_query, t):
                continue
            if len(found) == views.PEOPLE:
                return found, True
            found.append(person)


def _over(context: StepContext[PlanBrowserDraft]) -> View:
    """Nothing is ever finished here."""
    return views.gone(context.interaction.t)
