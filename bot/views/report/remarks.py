"""What is told of a run as a whole. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.domain.run_remark import RunRemark
from bot.locales import Translator
from bot.views import blocks
from bot.views.mrkdwn import cut_md

MOST = 6
"""Remarks that are told one by one."""

REMARK_TEXT = 450
"""Characters of one remark at most: all of them are one section."""


def remarks(found: Sequence[RunRemark], t: Translator) -> list[Block]:
    """A section with a line for each remark; nothing where there is none."""
    if not found:
        return []
    lines = [f"*{t.md('report.remarks', n=len(found))}*"]
    for one in found[:MOST]:
        said = t.render_md(one.text)
        lines.append(cut_md(f"• {said} {t.render_md(one.advice)}" if one.advice else f"• {said}", REMARK_TEXT))
    if (left := len(found) - MOST) > 0:
        lines.append(t.md("report.remarks.more", n=left))
    return [blocks.section("\n".join(lines))]
