"""Which period's file of absence waits for import, and the buttons of who may manage. Pure functions.

A channel reads it: it has the period and a number of rows, and nobody's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from bot.domain.leave_delivery import FileMode
from bot.locales import Translator
from bot.sync.leave.waiting_file import WaitingFile
from bot.views import blocks as b

GET_FILE = "leave.period.get"
IMPORTED = "leave.period.imported"
NOT_IMPORTED = "leave.period.again"
"""The buttons; each carries integration, period and number of the file."""

SHOWN = 6
"""Periods that are told one by one, the oldest first."""


def waiting_files(files: Sequence[WaitingFile], t: Translator) -> list[Block]:
    """A line for each period, and what can be done: get the file, say that it was imported, or that it was not."""
    shown: list[Block] = [b.divider()] if files else []
    for file in files[:SHOWN]:
        shown += [b.section(_line(file, t)), _buttons(file, t)]
    if (left := len(files) - SHOWN) > 0:
        shown.append(b.context(t.md("leave.period.more", n=left)))
    return shown


def settled(shown: Sequence[dict[str, Any]], file: WaitingFile, said: str) -> list[dict[str, Any]] | None:
    """The blocks of a report with what somebody has `said` in the place of the file's line and buttons; None where they
    are not there."""
    buttons = f"leave.period.{file.value}"
    at = next((at for at, block in enumerate(shown) if at and block.get("block_id") == buttons), None)
    return None if at is None else [*shown[: at - 1], dict(b.section(said).to_dict()), *shown[at + 1 :]]


def _line(file: WaitingFile, t: Translator) -> str:
    if file.mode is FileMode.LIST:
        kind = "typed" if file.first else "list"
    else:
        kind = "delivered" if file.delivered else "file"
    said = t.md(f"leave.period.waits.{kind}", period=file.period, n=file.rows)
    if not file.replaces:
        return said
    return f"{said} {t.md('leave.period.replaces', n=file.sequence, former=file.replaces)}"


def _buttons(file: WaitingFile, t: Translator) -> Block:
    by_hand = ".list" if file.mode is FileMode.LIST else ""
    get = b.button(t(f"leave.period.get{by_hand}"), GET_FILE, value=file.value)
    done = "typed" if file.mode is FileMode.LIST else "imported"
    label = t(f"leave.period.{done}")
    key = "leave.period.typed.ask.first" if done == "typed" and file.first else f"leave.period.{done}.ask"
    ask = t(key, period=file.period, n=file.rows)
    yes = b.confirm(label, ask, label, t("flow.back"))
    imported = b.button(label, IMPORTED, value=file.value, style="primary", confirm=yes)
    again = t(f"leave.period.again{by_hand}")
    sure = b.confirm(
        again, t("leave.period.again.ask", period=file.period), t("leave.period.again.yes"), t("flow.back")
    )
    anew = b.button(again, NOT_IMPORTED, value=file.value, confirm=sure)
    return b.actions(*([] if file.delivered else [get]), imported, anew, block_id=f"leave.period.{file.value}")
