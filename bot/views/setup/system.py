"""The choice of the payroll system, by country, and what to have at hand for the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, Option

from bot.core.text import Markup
from bot.domain.resource import Resource
from bot.locales import Translator
from bot.providers.protocol import ProviderInfo
from bot.providers.registry import takes_lists_alone, takes_pay
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import Frame, form

SYSTEM = "system"


def system(
    frame: Frame,
    offered: Sequence[ProviderInfo],
    chosen: str,
    minutes: int,
    *,
    copied: str = "",
    colleagues: Sequence[str] = (),
) -> View:
    """All systems under their countries, with what each takes; of the chosen one, what it does and needs.

    `minutes` is how long an unfinished set-up is kept; `copied` names the integration whose settings it begins with,
    `colleagues` who is setting up the same system.
    """
    t = frame.t
    only = offered[0].key if len(offered) == 1 else ""
    info = next((each for each in offered if each.key == (chosen or only)), None)
    menu = b.menu(
        SYSTEM,
        t("setup.system.label"),
        by_country(t, offered),
        chosen=info.key if info else None,
        placeholder=t("setup.system.placeholder"),
        hint=t("setup.system.missing"),
        refresh=True,
    )
    shown: list[Block] = [b.section(t.md("setup.start.intro")), menu]
    if copied:
        shown[:1] = [b.section(t.md("setup.copied", name=copied))]
    if info is not None:
        needs = t.md("setup.system.needs", what=t(f"{info.key}.needs"))
        shown.append(b.section(f"{t.md(f'{info.key}.summary')}\n{needs}", block_id=f"system.{info.key}"))
    if info is not None and colleagues:
        who = tuple(Markup(f"<@{user}>") for user in colleagues)
        shown.append(b.section(t.md("setup.colleague", who=who, system=t(f"{info.key}.name"))))
    shown += [b.section(t.md("setup.start.ready")), b.context(t.md("setup.start.safe", n=minutes))]
    return form(frame, t("setup.title"), shown, submit=t("flow.next"))


def by_country(t: Translator, offered: Sequence[ProviderInfo]) -> dict[str, list[Option]]:
    """The systems as choices, by the names of their countries; both in the reader's order."""
    groups: dict[str, list[Option]] = {}
    for info in sorted(offered, key=lambda each: t(f"{each.key}.name").casefold()):
        countries = t.value(tuple(sorted(country_names(t, info.countries))))
        groups.setdefault(countries, []).append(b.option(info.key, t(f"{info.key}.name"), taken(t, info)))
    return dict(sorted(groups.items()))


def taken(t: Translator, info: ProviderInfo) -> str:
    """What a system takes, by what it declares: employees, new ones alone, without salaries, absence, or both."""
    people = info.spec(Resource.EMPLOYEES)
    if people is None:
        return t("setup.system.absence")
    alone = info.spec(Resource.ABSENCE) is None or takes_lists_alone(info.key)
    if not people.changes:
        return t("setup.system.people.new" if alone else "setup.system.both.new")
    if alone and not takes_pay(info.key):
        return t("setup.system.people.unpaid")
    return t("setup.system.people" if alone else "setup.system.both")


def country_names(t: Translator, codes: Sequence[str]) -> tuple[str, ...]:
    """Countries by name, in the reader's language."""
    return tuple(str(t.locale.territories.get(code, code)) for code in codes)
