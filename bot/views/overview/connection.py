"""What both systems say of an integration's credentials: which company, and which rights a sync would lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block

from bot.core.text import Text
from bot.locales import Translator
from bot.providers.protocol import Account
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.overview.cards import CREDENTIALS
from bot.views.setup.credentials import company_rows
from bot.views.wizard import ACT, Frame, form


@dataclass(frozen=True, slots=True)
class ConnectionEnd:
    """One system (its key): the account, with what a sync would lack there and what to do; or why it refused, in the
    reader's language, `advice` as mrkdwn. `proves_rights` where the system was asked for what a sync needs: the source
    only says who it is."""

    system: str
    company: Account | None
    lacks: tuple[tuple[Text, Text | None], ...] = ()
    refusal: str = ""
    advice: str = ""
    proves_rights: bool = True


def connection(frame: Frame, integration_id: str, name: str, ends: Sequence[ConnectionEnd]) -> View:
    """Both ends, with a way to enter other credentials where one refused."""
    t = frame.t
    shown: list[Block] = [b.section(t.md("connection.intro", name=name))]
    for end in ends:
        shown += [b.divider(), *_end(t, end)]
    buttons = [b.button(t("connection.again"), f"{ACT}:again")]
    if any(end.refusal for end in ends):
        buttons.append(b.button(t("card.reconnect"), CREDENTIALS, value=integration_id))
    shown += [b.actions(*buttons, block_id="connection.next"), b.context(t.md("connection.nothing"))]
    return form(frame, t("connection.title"), shown)


def _end(t: Translator, end: ConnectionEnd) -> list[Block]:
    system = t(f"{end.system}.name")
    if end.company is None:
        shown = [b.alert(end.refusal)]
        return [b.section(f"*{t.md(f'{end.system}.name')}*"), *shown, *([b.section(end.advice)] if end.advice else [])]
    word = "poorer" if end.lacks else "works" if end.proves_rights else "reached"
    shown = [b.alert(t(f"connection.{word}", system=system), "warning" if end.lacks else "success")]
    shown += b.facts(company_rows(t, end.company))
    for said, advice in end.lacks:
        shown.append(b.section("\n".join(t.render_md(each) for each in (said, advice) if each is not None)))
    return shown
