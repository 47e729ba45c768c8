"""Pause, resume and remove."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import Text, text
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Entered, Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Stay, Step, Turn
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.overview import home
from bot.views import command as views
from bot.views.blocks import View
from bot.views.overview import remove as remove_view
from bot.views.overview.cards import CREDENTIALS, PAUSE, REMOVE, RESUME
from bot.views.wizard import Problem
from storage import audit, expiries, integrations, runs, workspaces
from storage.expiries import SOURCE
from storage.integrations import Integration, IntegrationState

KIND = "remove"


def register(guarded: Guarded, flows: Flows) -> None:
    """The buttons, and the question before removing."""
    flows.add(Flow(KIND, (Remove(),), ended))

    async def paused(visit: Visit) -> None:
        await on_id(visit, visit.value, pause)

    async def resumed(visit: Visit) -> None:
        await on_id(visit, visit.value, resume)

    async def removed(visit: Visit) -> None:
        await on_id(visit, visit.value, remover(flows))

    guarded.action(PAUSE, paused)
    guarded.action(RESUME, resumed)
    guarded.action(REMOVE, removed)


async def command(visit: Visit, flows: Flows, word: str, name: str) -> None:
    """`/integration pause|resume|remove [name]`."""
    work: dict[str, tuple[str, Work]] = {
        "pause": (PAUSE, pause),
        "resume": (RESUME, resume),
        "remove": (REMOVE, remover(flows)),
    }
    action_id, do = work[word]
    await on_named(visit, name, word, action_id, do)


async def pause(visit: Visit, one: Integration) -> None:
    """Nothing starts until it is resumed; a run under way ends by itself."""
    if one.state is IntegrationState.PAUSED:
        await _tell_paused(visit, text("pause.already", name=one.name), one)
        return
    async with visit.services.database.session() as s:
        await integrations.set_state(s, one.id, IntegrationState.PAUSED)
        running = await runs.active(s, one.id)
        old, new = {"state": one.state.value}, {"state": IntegrationState.PAUSED.value}
        await audit.write(s, visit.team_id, visit.user_id, "integration.paused", one.id, old=old, new=new)
    said = text("pause.running", name=one.name) if running else text("pause.done", name=one.name)
    await _tell_paused(visit, said, one)
    await home.refresh(visit)


async def _tell_paused(visit: Visit, said: Text, one: Integration) -> None:
    await visit.tell(views.offer(visit.t, said, RESUME, "card.resume", one.id, style=None))


async def resume(visit: Visit, one: Integration) -> None:
    """Back to the state it was paused from."""
    if one.state is IntegrationState.NEEDS_RECONNECT:
        said = text("resume.needs_reconnect", name=one.name)
        await visit.tell(views.offer(visit.t, said, CREDENTIALS, "card.reconnect", one.id))
        return
    if one.state is not IntegrationState.PAUSED:
        await visit.tell(views.said(visit.t, text("resume.already", name=one.name)))
        return
    async with visit.services.database.session() as s:
        after = await integrations.resume(s, one.id)
        await audit.write(
            s, visit.team_id, visit.user_id, "integration.resumed", one.id, new={"state": after.state.value}
        )
    await visit.tell(views.said(visit.t, text("resume.done", name=one.name)))
    await home.refresh(visit)


def remover(flows: Flows) -> Work:
    """Opens the question."""

    async def ask(visit: Visit, one: Integration) -> None:
        answers = Answers(provider=one.provider, name=one.name)
        await flows.begin(visit, KIND, answers, one.id)

    return ask


class Remove(Step):
    """What is erased, what is kept, and the name as the proof that it is meant."""

    name = "remove"

    async def view(self, at: At) -> View:
        """The question."""
        async with at.visit.services.database.reading() as s:
            last = len(await integrations.list_for(s, at.visit.team_id)) == 1
        return remove_view.remove(at.frame(self), at.answers.name, at.answers.provider, last=last)

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """The name must be the integration's, whatever its case."""
        typed = entered.get(remove_view.NAME)
        if not isinstance(typed, str) or " ".join(typed.split()).casefold() != at.answers.name.casefold():
            return {remove_view.NAME: text("remove.name.wrong", name=at.answers.name)}
        return {}

    def keep(self, at: At, entered: Entered) -> None:
        """The name is typed anew each time."""

    async def proceed(self, at: At) -> Turn:
        """Erase; not under a run's feet."""
        visit, integration_id = at.visit, at.draft.integration_id
        assert integration_id is not None
        async with visit.services.database.session() as s:
            if await runs.active(s, integration_id):
                return Stay(Problem(text=text("remove.running", name=at.answers.name)))
            await integrations.remove(s, integration_id)
            await audit.write(
                s, visit.team_id, visit.user_id, "integration.removed", integration_id, old={"name": at.answers.name}
            )
            if not await integrations.list_for(s, visit.team_id):
                await workspaces.forget_source(s, visit.team_id)
                await expiries.replace(s, visit.team_id, SOURCE, None)
                await audit.write(s, visit.team_id, visit.user_id, "source.forgotten")
        return End(ended(at))


def ended(at: At) -> View:
    """Removed, and what else to do."""
    return remove_view.removed(at.visit.t, at.answers.name, at.answers.provider)
