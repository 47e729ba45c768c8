"""When a run stops and asks, and what is done about values that were changed in the payroll system."""

from __future__ import annotations

from collections.abc import Mapping

from slack_sdk.models.blocks import Block

from bot.locales import Translator
from bot.sync.plan.guard import Thresholds
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import ACT, Frame, form

DRIFT = "thresholds.drift"
RESTORE, REPORT = "restore", "report"
COMPARE = f"{ACT}:compare"

RULES = ("creates", "updates", "leavers", "drop")
"""Each has a share (`<rule>_share`, 0-1) and a number of people (`<rule>_people`) in `Thresholds`."""

MOST_PEOPLE = 1_000_000


def block_id(name: str) -> str:
    """The input of one threshold."""
    return f"thresholds.{name}"


def percent(share: float) -> int:
    """A share as people read it."""
    return round(share * 100)


def thresholds(frame: Frame, name: str, chosen: Thresholds, usual: Thresholds, drift: str) -> View:
    """Each rule with what it is for, its two numbers, and what they are unless somebody changes them."""
    t = frame.t
    shown: list[Block] = [b.section(t.md("thresholds.intro", name=name))]
    for rule in RULES:
        shown.append(b.section(f"*{t.md(f'thresholds.{rule}')}*\n{t.md(f'thresholds.{rule}.about')}"))
        shown += [_share(t, rule, chosen, usual), _people(t, rule, chosen, usual)]
    shown.append(b.section(f"*{t.md('thresholds.improbable')}*\n{t.md('thresholds.improbable.about')}"))
    shown.append(_people(t, "improbable", chosen, usual))
    choices = [
        b.option(RESTORE, t("thresholds.drift.restore"), t("thresholds.drift.restore.about")),
        b.option(REPORT, t("thresholds.drift.report"), t("thresholds.drift.report.about")),
    ]
    shown.append(b.radio(DRIFT, t("thresholds.drift"), choices, chosen=drift, hint=t("thresholds.drift.hint")))
    shown.append(b.section(t.md("thresholds.compare.about"), accessory=b.button(t("thresholds.compare"), COMPARE)))
    return form(frame, t("thresholds.title"), shown, submit=t("flow.save"))


def numbers(of: Thresholds) -> Mapping[str, float | int]:
    """All thresholds by name."""
    return of.numbers()


def _share(t: Translator, rule: str, chosen: Thresholds, usual: Thresholds) -> Block:
    name = f"{rule}_share"
    return b.number_input(
        block_id(name),
        t(f"thresholds.{name}"),
        percent(numbers(chosen)[name]),
        least=1,
        most=100,
        hint=t("thresholds.usual.share", n=percent(numbers(usual)[name])),
    )


def _people(t: Translator, rule: str, chosen: Thresholds, usual: Thresholds) -> Block:
    name = f"{rule}_people"
    return b.number_input(
        block_id(name),
        t(f"thresholds.{name}"),
        int(numbers(chosen)[name]),
        least=1,
        most=MOST_PEOPLE,
        hint=t("thresholds.usual.people", n=int(numbers(usual)[name])),
    )
