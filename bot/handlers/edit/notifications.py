"""`/integration reports`: how much is said, who is called, summaries, and approval by a second person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.text import Markup, Text, text
from bot.domain.notification_policy import NOBODY, OWNER, Attention, Noise
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Entered, Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Step, Turn, finish
from bot.handlers.framework.wizard_runner import Flows
from bot.jobs.scheduling.digests import digests_of
from bot.jobs.scheduling.schedule import WEEKDAYS
from bot.views.blocks import View
from bot.views.edit import notifications as views
from bot.views.edit import saved as edit_view
from bot.views.overview.cards import REPORTS
from storage import audit, digests, integrations
from storage.integrations import Integration

KIND = "reports"


def register(guarded: Guarded, flows: Flows) -> None:
    """The conversation and its button."""
    flows.add(Flow(KIND, (Rules(),), base.ended))

    async def pressed(visit: Visit) -> None:
        await on_id(visit, visit.value, editor(flows))

    guarded.action(REPORTS, pressed)


async def command(visit: Visit, flows: Flows, name: str) -> None:
    """`/integration reports [name]`."""
    await on_named(visit, name, KIND, REPORTS, editor(flows))


def editor(flows: Flows) -> Work:
    """Opens the form with the rules as they are."""

    async def edit(visit: Visit, one: Integration) -> None:
        answers = await base.answers_of(visit, one)
        # Times are of the zone in which they were chosen last; before that, of the person's own.
        answers.attention = Attention.from_json({"timezone": visit.member.timezone, **one.attention}).to_json()
        answers.owner, answers.kept_days = one.owner_user_id, one.retention_days
        await flows.begin(visit, KIND, answers, one.id)

    return edit


class Rules(Step):
    """All in one form."""

    name = "reports"

    async def view(self, at: At) -> View:
        """The rules as chosen so far."""
        rules, longest = Attention.from_json(at.answers.attention), at.visit.services.settings.retention_days
        return views.attention(at.frame(self), rules, at.answers.owner, at.answers.kept_days, longest)

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """The choices; somebody must be named where somebody shall be called."""
        chosen, errors = at.answers.attention, dict[str, Text]()
        chosen |= _choices(entered)
        person, at_time = entered.get(views.PERSON), entered.get(views.TIME)
        if entered.get(views.CALLS) == views.CHOSEN:
            chosen["calls"] = person if isinstance(person, str) else ""
            if not chosen["calls"]:
                errors[views.PERSON] = text("attention.person.empty")
        if isinstance(kept := entered.get(views.KEPT), str):
            at.answers.kept_days = int(kept) if kept.isdecimal() else None
        if isinstance(at_time, str):
            chosen["time"] = at_time
        else:
            errors[views.TIME] = text("attention.time.empty")
        return errors

    async def proceed(self, at: At) -> Turn:
        """Keep them, and say when the next summary is due."""
        visit, integration_id = at.visit, at.draft.integration_id
        assert integration_id is not None
        assert at.answers.base_version is not None
        rules = Attention.from_json(at.answers.attention)
        async with visit.services.database.session() as s:
            before = await base.unchanged(s, at)
            if before is None:
                return End(base.overtaken(at))
            kept = at.answers.kept_days
            after = await integrations.update(
                s, integration_id, at.answers.base_version, attention=rules.to_json(), retention_days=kept
            )
            await digests.replace(s, integration_id, digests_of(integration_id, rules, visit.services.clock()))
            await audit.write(
                s,
                visit.team_id,
                visit.user_id,
                "reports.changed",
                integration_id,
                old={**Attention.from_json(before.attention).to_json(), "kept_days": before.retention_days},
                new={**rules.to_json(), "kept_days": kept},
            )
            await finish(s, at, integration_id)
        said = text("attention.saved", name=after.name, reports=Markup(views.described(visit.t, rules)))
        return End(edit_view.saved(visit.t, said, integration_id=after.id))


def _choices(entered: Entered) -> dict[str, Any]:
    """What the form's menus and boxes say, where they are shown."""
    found: dict[str, Any] = {}
    if (noise := entered.get(views.NOISE)) in list(Noise):
        found["noise"] = noise
    if (calls := entered.get(views.CALLS)) in (OWNER, NOBODY):
        found["calls"] = calls
    if isinstance(weekly := entered.get(views.WEEKLY), str):
        found["weekly"] = weekly if weekly in WEEKDAYS else None
    if isinstance(ticked := entered.get(views.APPROVAL), tuple):
        found["four_eyes"] = views.FOUR_EYES in ticked
    return found
