"""`/integration schedule`: when to sync, afterwards."""

from __future__ import annotations

from bot.core.text import Markup, text
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Forward, Turn, finish
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.overview.cards import schedule_choice
from bot.handlers.shared import schedule_step
from bot.handlers.shared.schedule_step import ScheduleStep, Untested
from bot.views.blocks import View, moment
from bot.views.edit import saved as views
from bot.views.overview.cards import SCHEDULE
from bot.views.shared import schedule as schedule_view
from storage import audit, integrations, schedules
from storage.integrations import Integration, IntegrationState

KIND = "schedule"


def register(guarded: Guarded, flows: Flows) -> None:
    """The conversation, its button, and the searches (the set-up's too)."""
    flows.add(Flow(KIND, (SaveSchedule(), SaveUntested()), base.ended))
    schedule_step.register(guarded, flows)

    async def pressed(visit: Visit) -> None:
        await on_id(visit, visit.value, editor(flows))

    guarded.action(SCHEDULE, pressed)


async def command(visit: Visit, flows: Flows, name: str) -> None:
    """`/integration schedule [name]`."""
    await on_named(visit, name, KIND, SCHEDULE, editor(flows))


def editor(flows: Flows) -> Work:
    """Opens the form with the schedule as it is."""

    async def edit(visit: Visit, one: Integration) -> None:
        answers = await base.answers_of(visit, one)
        async with visit.services.database.reading() as s:
            stored = await schedules.get(s, one.id)
        now = schedule_choice(stored, visit.member.timezone, visit.services.clock())
        answers.scheduled, answers.weekdays = now.scheduled, now.weekdays
        answers.time, answers.timezone = now.time, now.timezone
        answers.holidays, answers.paused = now.holidays, now.paused
        answers.late_hours = now.late_hours
        if now.scheduled:
            # It is on already: changing its time is not turning it on.
            answers.confirmed.append("untested")
        await flows.begin(visit, KIND, answers, one.id)

    return edit


class SaveSchedule(ScheduleStep):
    """The form; saved at once unless it has to be confirmed."""

    @property
    def submit_key(self) -> str:
        """Saving is the end."""
        return "flow.save"

    async def proceed(self, at: At) -> Turn:
        """On to the question, or the end."""
        if at.answers.scheduled and not at.answers.tested and "untested" not in at.answers.confirmed:
            return Forward()
        return await _save(at, "schedule.changed")


class SaveUntested(Untested):
    """The question; yes saves."""

    async def proceed(self, at: At) -> Turn:
        """Recorded as what it is."""
        return await _save(at, "schedule.enabled_untested")


async def _save(at: At, action: str) -> Turn:
    visit, integration_id = at.visit, at.draft.integration_id
    assert integration_id is not None
    async with visit.services.database.session() as s:
        one = await base.unchanged(s, at)
        if one is None:
            return End(base.overtaken(at))
        # Noted on the integration, so that a form which another admin opened before does not undo this one.
        assert at.answers.base_version is not None
        await integrations.update(s, integration_id, at.answers.base_version)
        before = await schedules.get(s, integration_id)
        after = await schedule_step.put_schedule(s, at, integration_id)
        if after is not None and one.state is IntegrationState.TESTED:
            await integrations.set_state(s, integration_id, IntegrationState.LIVE)
        old = schedule_choice(before, at.answers.timezone, visit.services.clock())
        await audit.write(
            s,
            visit.team_id,
            visit.user_id,
            action,
            integration_id,
            old=schedule_step.audited(old),
            new=schedule_step.audited(at.answers.schedule),
        )
        await finish(s, at, integration_id)
    return End(_saved(at, one, after))


def _saved(at: At, one: Integration, after: schedules.Schedule | None) -> View:
    t = at.visit.t
    said = text("edit.schedule.saved", name=one.name, schedule=Markup(schedule_view.described(t, at.answers.schedule)))
    if after is None:
        return views.saved(t, said, integration_id=one.id)
    return views.saved(
        t, said, text("edit.schedule.saved.next", when=moment(t, after.next_run_at)), integration_id=one.id
    )
