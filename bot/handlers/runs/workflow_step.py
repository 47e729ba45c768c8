"""The step "Run integration sync", as a workflow starts it. `bot.notify.workflow_step` answers it when its run is
over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.text import Text, text
from bot.handlers.framework.integration_picker import named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.overview import cards
from bot.jobs.runs.service import Refused
from bot.notify.workflow_step import CALLBACK_ID, key_of
from storage.runs import RunKind

INTEGRATION = "integration"


def register(guarded: Guarded) -> None:
    """The step."""
    guarded.step(CALLBACK_ID, start)


async def start(visit: Visit, execution_id: str, inputs: Mapping[str, Any]) -> Text | None:
    """Start the sync of the integration that the workflow names; says why it cannot be started."""
    name = " ".join(str(inputs.get(INTEGRATION) or "").split())
    offered = await cards.cards(visit)
    meant = named(offered, name) if name else ()
    if len(meant) != 1:
        known = tuple(one.name for one in offered)
        return text("step.no_such", name=name, known=known) if known else text("command.none")
    try:
        await visit.services.runs.start(meant[0].id, RunKind.SYNC, visit.user_id, key_of(execution_id))
    except Refused as refused:
        return text("step.not_done", name=meant[0].name, why=refused.text)
    return None
