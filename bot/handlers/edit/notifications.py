"""`/integration reports`: how much is said, who is called, summaries, and approval by a second person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bot.core.text import Markup, Text, text
from bot.domain.notification_policy import NOBODY, OWNER, NotificationPolicy, Verbosity
from bot.domain.safeguard_hold import Safeguard, four_eyes_chosen, holds, with_holds
from bot.handlers.edit import base
from bot.handlers.edit import safeguards as loosening
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.wizard import Finish, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.shared.drafts import IntegrationDraft
from bot.jobs.scheduling.digests import digests_of
from bot.jobs.scheduling.schedule import WEEKDAYS
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.edit import notifications as views
from bot.views.edit import safeguards as loosening_view
from bot.views.edit import saved as edit_view
from storage import audit, digests, integrations
from storage.integrations import Integration

KIND = "reports"


class NotificationsDraft(IntegrationDraft):
    """The rules, as `NotificationPolicy.to_json` gives them, and for how many days the results of runs are kept."""

    attention: dict[str, Any] = Field(default_factory=dict)
    kept_days: int | None = None
    owner: str = ""


def register(runner: WizardRunner) -> None:
    """The conversation."""
    runner.add(Wizard(KIND, NotificationsDraft, (NotificationsStep(),), base.ended, Action.EDIT))


def editor(runner: WizardRunner) -> Work:
    """Opens the form with the rules as they are."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        answers = await base.answers_of(NotificationsDraft, interaction, integration)
        # Times are of the zone in which they were chosen last; before that, of the person's own.
        answers.attention = NotificationPolicy.from_json(
            {"timezone": interaction.member.timezone, **integration.attention}
        ).to_json()
        answers.owner, answers.kept_days = integration.owner_user_id, integration.retention_days
        await runner.begin(interaction, KIND, answers, integration.id)

    return edit


class NotificationsStep(WizardStep[NotificationsDraft]):
    """All in one form."""

    name = "reports"

    async def view(self, context: StepContext[NotificationsDraft]) -> View:
        """The rules as chosen so far."""
        rules, longest = (
            NotificationPolicy.from_json(context.answers.attention),
            context.interaction.services.settings.retention_days,
        )
        return views.attention(context.frame(self), rules, context.answers.owner, context.answers.kept_days, longest)

    def take(self, context: StepContext[NotificationsDraft], entered: Entered) -> Mapping[str, Text]:
        """The choices; somebody must be named where somebody shall be called."""
        chosen, errors = context.answers.attention, dict[str, Text]()
        chosen |= _choices(entered)
        person, at_time = entered.get(views.PERSON), entered.get(views.TIME)
        if entered.get(views.CALLS) == views.CHOSEN:
            chosen["calls"] = person if isinstance(person, str) else ""
            if not chosen["calls"]:
                errors[views.PERSON] = text("attention.person.empty")
        if isinstance(kept := entered.get(views.KEPT), str):
            context.answers.kept_days = int(kept) if kept in map(str, views.KEPT_DAYS) else None
        if isinstance(at_time, str):
            chosen["time"] = at_time
        else:
            errors[views.TIME] = text("attention.time.empty")
        return errors

    async def proceed(self, context: StepContext[NotificationsDraft]) -> Turn:
        """Keep them, and say when the next summary is due."""
        interaction, integration_id = context.interaction, context.draft.integration_id
        assert integration_id is not None
        assert context.answers.base_version is not None
        rules = NotificationPolicy.from_json(context.answers.attention)
        async with interaction.services.database.session() as session:
            before = await base.unchanged(session, context)
            if before is None:
                return Finish(base.overtaken(context))
            kept, now = context.answers.kept_days, interaction.services.clock()
            held = holds(before.attention, now)
            hold = four_eyes_chosen(before.attention, rules.four_eyes, interaction.user_id, now)
            begun = hold if hold is not None and held.get(Safeguard.FOUR_EYES) != hold else None
            held = {each: kept_on for each, kept_on in held.items() if each is not Safeguard.FOUR_EYES}
            held |= {} if hold is None else {Safeguard.FOUR_EYES: hold}
            after = await integrations.update(
                session,
                integration_id,
                context.answers.base_version,
                attention=with_holds({**before.attention, **rules.to_json()}, held),
                retention_days=kept,
            )
            await digests.replace(
                session, integration_id, digests_of(integration_id, rules, interaction.services.clock())
            )
            await audit.write(
                session,
                interaction.team_id,
                interaction.user_id,
                "reports.changed",
                integration_id,
                old={**NotificationPolicy.from_json(before.attention).to_json(), "kept_days": before.retention_days},
                new={**rules.to_json(), "kept_days": kept},
            )
            if begun is not None:
                await loosening.record(session, interaction, after, Safeguard.FOUR_EYES, begun)
            await finish(session, context, integration_id)
        if begun is not None:
            loosening.announce(interaction, after, Safeguard.FOUR_EYES, begun)
        said = text("attention.saved", name=after.name, reports=Markup(views.described(interaction.t, rules)))
        more = [] if hold is None else [loosening_view.saved(interaction.t, hold)]
        return Finish(edit_view.saved(interaction.t, said, *more, integration_id=after.id))


def _choices(entered: Entered) -> dict[str, Any]:
    """What the form's menus and boxes say, where they are shown."""
    found: dict[str, Any] = {}
    if (noise := entered.get(views.NOISE)) in list(Verbosity):
        found["noise"] = noise
    if (calls := entered.get(views.CALLS)) in (OWNER, NOBODY):
        found["calls"] = calls
    if isinstance(weekly := entered.get(views.WEEKLY), str):
        found["weekly"] = weekly if weekly in WEEKDAYS else None
    if isinstance(ticked := entered.get(views.APPROVAL), tuple):
        found["four_eyes"] = views.FOUR_EYES in ticked
    return found
