"""The choice of the payroll system: what each does, for which country, and what it needs."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.locales import Translator
from bot.providers.protocol import ProviderInfo
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import Frame, form

SYSTEM = "system"
RADIO_LIMIT = 10


def system(frame: Frame, offered: Sequence[ProviderInfo], chosen: str) -> View:
    """All systems, described, and the choice of one."""
    t = frame.t
    options = [b.option(info.key, t(f"{info.key}.name"), _about(t, info)) for info in offered]
    label = t("setup.system.label")
    if len(options) <= RADIO_LIMIT:
        only = options[0].value if len(options) == 1 else None
        choice = b.radio(SYSTEM, label, options, chosen=chosen or only)
    else:
        choice = b.menu(SYSTEM, label, options, chosen=chosen, placeholder=t("setup.system.placeholder"))
    described: list[Block] = [b.section(_description(t, info)) for info in offered]
    return form(
        frame,
        t("setup.system.title"),
        [b.section(t.md("setup.system.intro")), *described[:80], b.divider(), choice],
        submit=t("flow.next"),
    )


def _about(t: Translator, info: ProviderInfo) -> str:
    """What stands beside the choice: the countries, and where absence is all that is taken."""
    countries = t.value(country_names(t, info.countries))
    return countries if info.takes_people else t("setup.system.absence_only", countries=countries)


def country_names(t: Translator, codes: Sequence[str]) -> tuple[str, ...]:
    """Countries by name, in the reader's language."""
    return tuple(str(t.locale.territories.get(code, code)) for code in codes)


def _description(t: Translator, info: ProviderInfo) -> str:
    lines = [
        f"*{t.md(f'{info.key}.name')}*  ·  {t.value(country_names(t, info.countries))}",
        t.md(f"{info.key}.summary"),
    ]
    if info.syncs:
        lines.append(t.md("setup.system.syncs", what=tuple(t(word) for word in info.syncs)))
    lines.append(t.md("setup.system.needs", what=t(f"{info.key}.needs")))
    return "\n".join(lines)
