"""What Sync now begins: the sync that the latest preview has shown, one under the guard alone, or first a preview."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.resource import Resource
from bot.handlers.framework.interaction import Interaction
from storage.integrations import Integration
from storage.runs import RunKind


@dataclass(frozen=True, slots=True)
class RunBeginning:
    """A run to be started, the id of the preview that it applies, and the key of what is said of it."""

    kind: RunKind
    said: str
    preview: str | None = None


async def start_of(
    interaction: Interaction, integration: Integration, kind: RunKind, resource: Resource = Resource.EMPLOYEES
) -> RunBeginning:
    """What begins when somebody asks for a run: a sync only of what has been shown, or as this integration has synced
    before.
    """
    about = "absence." if resource is Resource.ABSENCE else ""
    if kind is not RunKind.SYNC:
        return RunBeginning(kind, f"{about}run.started.{kind.value}")
    shown = await interaction.services.runs.shown(integration, resource)
    if shown.preview is not None:
        return RunBeginning(kind, f"{about}shown.applies", shown.preview.id)
    if shown.settled:
        return RunBeginning(kind, f"{about}run.started.sync")
    return RunBeginning(RunKind.PREVIEW, f"{about}shown.{shown.state.value}")
