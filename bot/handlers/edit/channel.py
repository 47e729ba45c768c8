"""`/integration channel`: where to report and in which language, afterwards."""

from __future__ import annotations

from bot.core.text import Markup, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Forward, Turn, finish
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.setup.channel import Channel
from bot.views.edit import saved as views
from bot.views.overview.cards import CHANNEL
from storage import audit, integrations
from storage.integrations import Integration

KIND = "channel"


def register(guarded: Guarded, flows: Flows) -> None:
    """The conversation and its button."""
    flows.add(Flow(KIND, (SaveChannel(),), base.ended))

    async def pressed(visit: Visit) -> None:
        await on_id(visit, visit.value, editor(flows))

    guarded.action(CHANNEL, pressed)


async def command(visit: Visit, flows: Flows, name: str) -> None:
    """`/integration channel [name]`."""
    await on_named(visit, name, KIND, CHANNEL, editor(flows))


def editor(flows: Flows) -> Work:
    """Opens the form with the channel as it is."""

    async def edit(visit: Visit, one: Integration) -> None:
        answers = await base.answers_of(visit, one)
        # Proven at set-up: only another channel needs another test post.
        answers.test_post_channel = one.channel_id
        await flows.begin(visit, KIND, answers, one.id)

    return edit


class SaveChannel(Channel):
    """The form; the test post that proves the channel is its first message."""

    async def proceed(self, at: At) -> Turn:
        """Prove, then keep."""
        turn = await super().proceed(at)
        return await _save(at) if isinstance(turn, Forward) else turn


async def _save(at: At) -> Turn:
    visit, answers, integration_id = at.visit, at.answers, at.draft.integration_id
    assert integration_id is not None
    assert answers.base_version is not None
    assert answers.channel_id is not None
    async with visit.services.database.session() as s:
        before = await base.unchanged(s, at)
        if before is None:
            return End(base.overtaken(at))
        after = await integrations.update(
            s, integration_id, answers.base_version, channel_id=answers.channel_id, language=answers.language
        )
        await audit.write(
            s,
            visit.team_id,
            visit.user_id,
            "channel.changed",
            integration_id,
            old={"channel": before.channel_id, "language": before.language},
            new={"channel": after.channel_id, "language": after.language},
        )
        await finish(s, at, integration_id)
    said = text("edit.channel.saved", name=after.name, channel=Markup(f"<#{after.channel_id}>"))
    return End(views.saved(visit.t, said, integration_id=after.id))
