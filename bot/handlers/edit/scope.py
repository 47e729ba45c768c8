"""`/integration scope`: who takes part, afterwards."""

from __future__ import annotations

from collections.abc import Collection

from slack_sdk.models.blocks import Option as OptionModel

from bot.core.text import Markup, text
from bot.domain.scope import Scope, ScopeKind
from bot.handlers.edit import base
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Turn, finish
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.overview.cards import described_scope
from bot.handlers.shared.scope_step import ReadinessStep, ScopeStep, Widen, register_search, units_of
from bot.views.blocks import View
from bot.views.edit import saved as views
from bot.views.overview.cards import SCOPE
from bot.views.shared import scope as scope_view
from bot.views.shared.scope import Picked
from storage import audit, integrations
from storage.integrations import Integration

KIND = "scope"


def register(guarded: Guarded, flows: Flows) -> None:
    """The conversation, its button, and the searches (the set-up's too)."""
    flows.add(Flow(KIND, (ScopeStep(), Widen(), SaveScope()), base.ended))
    register_search(guarded, flows)

    async def pressed(visit: Visit) -> None:
        await on_id(visit, visit.value, editor(flows))

    guarded.action(SCOPE, pressed)


async def command(visit: Visit, flows: Flows, name: str) -> None:
    """`/integration scope [name]`."""
    await on_named(visit, name, KIND, SCOPE, editor(flows))


def editor(flows: Flows) -> Work:
    """Opens the form with the scope as it is; the names in it are read from Simployer."""

    async def edit(visit: Visit, one: Integration) -> None:
        async def prepare(answers: Answers) -> None:
            answers.picked = {scope.kind: await _picked(visit, scope)}
            answers.excluded = await _people(visit, scope.excluded)

        answers = await base.answers_of(visit, one)
        scope = Scope.from_json(one.scope)
        answers.scope_kind, answers.base_scope = scope.kind, scope.to_json()
        await flows.begin_after(visit, KIND, answers, one.id, text("edit.scope.reading", name=one.name), prepare)

    return edit


async def _picked(visit: Visit, scope: Scope) -> list[Picked]:
    if scope.kind is ScopeKind.EVERYONE:
        return []
    if scope.kind is ScopeKind.PEOPLE:
        return await _people(visit, scope.ids)
    async with visit.services.connections.source(visit.team_id) as source:
        units = await units_of(source, scope.kind)
    return [_kept(scope_view.unit_option(visit.t, one)) for one in units if one.unit.id in scope.ids]


async def _people(visit: Visit, ids: Collection[str]) -> list[Picked]:
    if not ids:
        return []
    async with visit.services.connections.source(visit.team_id) as source:
        return [_kept(scope_view.person_option(one)) for one in await source.summaries(sorted(ids))]


def _kept(option: OptionModel) -> Picked:
    return Picked(id=str(option.value), label=option.to_dict()["text"]["text"])


class SaveScope(ReadinessStep):
    """The readiness of the new scope, and Save."""

    def submit_key(self, at: At) -> str:  # noqa: ARG002 - the set-up goes on here instead
        """Saving is the end."""
        return "flow.save"

    async def proceed(self, at: At) -> Turn:
        """Keep the scope, unless somebody else has changed the integration meanwhile."""
        visit, integration_id = at.visit, at.draft.integration_id
        assert integration_id is not None
        assert at.answers.base_version is not None
        scope = at.answers.scope.to_json()
        async with visit.services.database.session() as s:
            before = await base.unchanged(s, at)
            if before is None:
                return End(base.overtaken(at))
            after = await integrations.update(s, integration_id, at.answers.base_version, scope=scope)
            action = "scope.widened_untested" if "widen" in at.answers.confirmed else "scope.changed"
            old, new = {"scope": before.scope}, {"scope": scope}
            await audit.write(s, visit.team_id, visit.user_id, action, integration_id, old=old, new=new)
            await finish(s, at, integration_id)
        return End(_saved(at, after))


def _saved(at: At, after: Integration) -> View:
    t = at.visit.t
    said = text("edit.scope.saved", name=after.name, scope=Markup(described_scope(t, after)))
    return views.saved(t, said, integration_id=after.id)
