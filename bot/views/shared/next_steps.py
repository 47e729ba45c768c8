"""The buttons of what follows when something was saved: a preview, and a sync of what it shows."""

from __future__ import annotations

from typing import Any

from bot.locales import Translator
from bot.views import blocks as b

PREVIEW = "integration.preview"
SYNC = "integration.sync"
ABSENCE = "integration.absence"


def preview_step(t: Translator, integration_id: str) -> Any:
    """A preview: the first sync applies what one has shown."""
    return b.button(t("setup.next.preview"), PREVIEW, value=integration_id, style="primary")


def next_steps(t: Translator, integration_id: str) -> list[Any]:
    """Preview first; Sync now asks once more."""
    return [
        preview_step(t, integration_id),
        b.button(
            t("setup.next.sync"),
            SYNC,
            value=integration_id,
            confirm=b.confirm(
                t("setup.next.sync"), t("setup.next.sync.question"), t("setup.next.sync.yes"), t("setup.next.sync.no")
            ),
        ),
    ]
