"""What Sync now begins: the sync that the latest preview has shown, one under the guard alone, or first a preview."""

from __future__ import annotations

from dataclasses import dataclass

from bot.handlers.framework.interaction import Interaction
from storage.integrations import Integration
from storage.runs import RunKind


@dataclass(frozen=True, slots=True)
class RunBeginning:
    """A run to be started, the id of the preview that it applies, and the key of what is said of it."""

    kind: RunKind
    said: str
    preview: str | None = None


async def start_of(interaction: Interaction, integration: Integration, kind: RunKind) -> RunBeginning:
    """What begins when somebody asks for a run: a sync only of what has been shown, or as this integration has synced
    before.
    """
    if kind is not RunKind.SYNC:
        return RunBeginning(kind, f"run.started.{kind.value}")
    shown = await interaction.services.runs.shown(integration)
    if shown.preview is not None:
        return RunBeginning(kind, "shown.applies", shown.preview.id)
    if integration.has_synced_as_is:
        return RunBeginning(kind, "run.started.sync")
    return RunBeginning(RunKind.PREVIEW, f"shown.{shown.state.value}")
