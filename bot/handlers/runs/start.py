"""Preview, Sync now and Cancel, by command or button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.text import Markup, Text, text
from bot.domain.resource import Resource
from bot.handlers.framework.integration_picker import Work, on_id
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import home
from bot.handlers.runs.loaders import on_integration, run_of, tell_refused
from bot.handlers.runs.shown_plan import start_of
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.providers.registry import main_resource, takes_absence, takes_people
from bot.slack.roles import Action
from bot.views import command as views
from bot.views.overview.cards import ABSENCE, CANCEL_RUN, PREVIEW_EVERYONE
from storage import integrations, runs
from storage.integrations import Integration
from storage.run_options import RunOptions
from storage.runs import Run, RunKind, RunState


def register(listeners: AuthorizedListeners) -> None:
    """The buttons that no word stands for."""

    async def preview_everyone(interaction: Interaction) -> None:
        await on_id(interaction, interaction.value, starter(RunKind.PREVIEW, everyone=True))

    listeners.action(PREVIEW_EVERYONE, preview_everyone, Action.PREVIEW)
    listeners.action(CANCEL_RUN, _cancel, Action.SYNC)


def starter(kind: RunKind, *, everyone: bool = False, resource: Resource | None = None) -> Work:
    """What starts a run of this kind; a preview of `everyone` looks beyond the scope.

    Without a `resource` it is about employees, or about absence where nothing else is sent.
    """

    async def start(interaction: Interaction, integration: Integration) -> None:
        about = resource or main_resource(integration.provider)
        if about is Resource.ABSENCE and not takes_absence(integration.provider):
            await interaction.reply(views.said(interaction.t, no_absence(integration)))
            return
        await _start(interaction, integration, kind, about, everyone=everyone and about is Resource.EMPLOYEES)

    return start


def no_absence(integration: Integration) -> Text:
    """That, and where, absence cannot go."""
    return text("absence.not_here", name=integration.name, system=text(f"{integration.provider}.name"))


def for_employees(work: Callable[[WizardRunner], Work]) -> Callable[[WizardRunner], Work]:
    """Work that there is for employees alone; of an integration without them it is said what there is instead."""

    def made(runner: WizardRunner) -> Work:
        begin = work(runner)

        async def where_employees(interaction: Interaction, integration: Integration) -> None:
            if takes_people(integration.provider):
                await begin(interaction, integration)
            else:
                await tell_of_absence_alone(interaction, integration)

        return where_employees

    return made


async def tell_of_absence_alone(interaction: Interaction, integration: Integration) -> None:
    """Say that an integration sends nothing but absence, beside the button to its choices."""
    said = text("absence.alone", name=integration.name, system=text(f"{integration.provider}.name"))
    await interaction.reply(views.offer(interaction.t, said, ABSENCE, "card.edit.absence", integration.id, style=None))


async def _start(
    interaction: Interaction, integration: Integration, kind: RunKind, resource: Resource, *, everyone: bool
) -> None:
    seen = await before_start(interaction, integration.id, resource)
    channel = Markup(f"<#{integration.channel_id}>")
    if seen.active:
        await interaction.reply(views.said(interaction.t, busy(seen.active, integration)))
        return
    begins = await start_of(interaction, integration, kind, resource)
    try:
        await interaction.services.runs.start(
            RunRequest(
                integration.id,
                begins.kind,
                interaction.user_id,
                seen.key,
                RunOptions(everyone=everyone, preview_run=begins.preview),
                resource,
            )
        )
    except RunNotPossible as refused:
        await tell_refused(interaction, refused, integration.id)
        return
    await interaction.reply(
        views.said(interaction.t, Text(begins.said, {"name": integration.name, "channel": channel}))
    )
    await home.refresh(interaction)


@dataclass(frozen=True, slots=True)
class Before:
    """An integration (None once it is removed) before a run of it is started, and what is under way for it.

    `key` makes two presses of one button the same: they see the same last run, and so name the same new one.
    """

    integration: Integration | None
    active: Run | None
    key: str


async def before_start(
    interaction: Interaction, integration_id: str, resource: Resource = Resource.EMPLOYEES
) -> Before:
    """What is to be known, as it is now, by whoever starts a run; one of another resource waits in the queue alone."""
    async with interaction.services.database.reading() as session:
        integration = await integrations.get(session, integration_id, team_id=interaction.team_id)
        active = [run for run in await runs.working(session, integration_id) if run.resource == resource]
        latest = await runs.latest(session, integration_id, limit=1, resource=resource)
    key = f"after:{latest[0].created_at.strftime('%Y%m%dT%H%M%S%f')}" if latest else "first"
    return Before(integration, active[0] if active else None, key)


def busy(run: Run, integration: Integration) -> Text:
    """Why nothing new is started: what is under way, and where it is told of."""
    key = "waiting" if run.state is RunState.WAITING_APPROVAL else run.kind.value
    about = "absence." if run.resource == Resource.ABSENCE else ""
    return text(f"{about}run.active.{key}", name=integration.name, channel=Markup(f"<#{integration.channel_id}>"))


async def _cancel(interaction: Interaction) -> None:
    run = await run_of(interaction)
    if run is None:
        return
    if run.ended:
        await interaction.reply(views.said(interaction.t, text("run.ended")))
        return
    try:
        await interaction.services.runs.cancel(run.id, interaction.user_id)
    except RunNotPossible as refused:
        await tell_refused(interaction, refused, run.integration_id)
        return
    await on_integration(interaction, run, "run.cancelling")
    await home.refresh(interaction)
