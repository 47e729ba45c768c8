"""`/integration channel`: where to report and in which language, afterwards."""

from __future__ import annotations

from bot.core.text import Markup, Text, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, Next, StepContext, Turn, Wizard, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.setup.channel import ChannelStep, join, take_back
from bot.handlers.shared.channel_note import note
from bot.handlers.shared.drafts import ChannelDraft
from bot.slack.channel_audience import CONFIRMED
from bot.slack.roles import Action
from bot.views import command as command_view
from bot.views.edit import saved as views
from bot.views.report.run_message import NAME_PEOPLE
from storage import audit, integrations
from storage.integrations import Integration

KIND = "channel"


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The conversation, and the button that lets people be named in a shared channel."""
    listeners.action(NAME_PEOPLE, name_people, Action.EDIT)
    runner.add(Wizard(KIND, ChannelDraft, (SaveChannel(),), base.ended, Action.EDIT))


def editor(runner: WizardRunner) -> Work:
    """Opens the form with the channel as it is."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        answers = await base.answers_of(ChannelDraft, interaction, integration)
        # Proven at set-up: only another channel needs another test post.
        answers.test_post_channel = integration.channel_id
        await runner.begin(interaction, KIND, answers, integration.id)

    return edit


async def name_people(interaction: Interaction) -> None:
    """People may be named in the channel that was asked about, though outsiders read it; in no other one."""
    asked_about, _, integration_id = interaction.value.rpartition(":")
    async with interaction.services.database.session() as session:
        found = await integrations.get(session, integration_id, team_id=interaction.team_id)
        confirmed = False
        if found is not None:
            await integrations.put_back(session, found.id)
            locked = await integrations.locked(session, found.id)
            confirmed = locked.channel_id == asked_about
        if confirmed:
            attention = {**locked.attention, CONFIRMED: asked_about}
            await integrations.update(session, locked.id, locked.version, attention=attention)
            new = {"channel": asked_about}
            await audit.write(
                session, interaction.team_id, interaction.user_id, "channel.confirmed", locked.id, new=new
            )
    if found is None:
        await interaction.reply(command_view.said(interaction.t, text("command.gone")))
        return
    key = "channel.confirmed" if confirmed else "channel.confirmed.other"
    said = Text(key, {"name": found.name, "channel": Markup(f"<#{found.channel_id}>")})
    await interaction.reply(command_view.said(interaction.t, said))


class SaveChannel(ChannelStep):
    """The form; the test post that proves the channel is its first message."""

    async def proceed(self, context: StepContext[ChannelDraft]) -> Turn:
        """Prove, then keep."""
        turn = await super().proceed(context)
        return await _save(context) if isinstance(turn, Next) else turn


async def _save(context: StepContext[ChannelDraft]) -> Turn:
    interaction, answers, integration_id = context.interaction, context.answers, context.draft.integration_id
    assert integration_id is not None
    assert answers.base_version is not None
    assert answers.channel_id is not None
    async with interaction.services.database.session() as session:
        before = await base.unchanged(session, context)
        if before is None:
            await take_back(context)
            return Finish(base.overtaken(context))
        after = await integrations.update(
            session, integration_id, answers.base_version, channel_id=answers.channel_id, language=answers.language
        )
        await audit.write(
            session,
            interaction.team_id,
            interaction.user_id,
            "channel.changed",
            integration_id,
            old={"channel": before.channel_id, "language": before.language},
            new={"channel": after.channel_id, "language": after.language},
        )
        await finish(session, context, integration_id)
    if after.channel_id != before.channel_id:
        note(interaction, after, "moved_here", over_ts=answers.test_post_ts)
        await join(context, after.channel_id)
        moved_to = f"<#{after.channel_id}>"
        note(interaction, after, "moved_away", lambda _: moved_to, channel_id=before.channel_id)
    said = text("edit.channel.saved", name=after.name, channel=Markup(f"<#{after.channel_id}>"))
    return Finish(views.saved(interaction.t, said, integration_id=after.id))
