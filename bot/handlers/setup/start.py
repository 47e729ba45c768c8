"""Steps one and two: the checklist, and the payroll system."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import Text, text
from bot.handlers.framework.interaction import Entered
from bot.handlers.framework.wizard import At, Step
from bot.providers import registry
from bot.views.blocks import View
from bot.views.setup import start as start_view
from bot.views.setup import system as system_view


class Start(Step):
    """What to have ready."""

    name = "start"

    async def view(self, at: At) -> View:
        """The checklist."""
        return start_view.start(at.frame(self), at.visit.services.settings.draft_minutes)


class System(Step):
    """Which payroll system."""

    name = "system"

    async def view(self, at: At) -> View:
        """All systems in the catalogue."""
        offered = sorted(
            (provider.info for provider in registry.targets().values()), key=lambda info: at.visit.t(f"{info.key}.name")
        )
        return system_view.system(at.frame(self), offered, at.answers.provider)

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """Another system than before drops what was entered for the former."""
        chosen = entered.get(system_view.SYSTEM)
        if not isinstance(chosen, str) or chosen not in registry.targets():
            return {system_view.SYSTEM: text("flow.choose")}
        if chosen != at.answers.provider:
            at.answers.provider = chosen
            at.answers.target_credentials, at.answers.target_until = {}, None
            at.answers.settings = {}
            at.answers.name = ""
            at.answers.forget_target()
        return {}
