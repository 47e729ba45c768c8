"""Everyone whole, for systems that take files: once more to the system, or as a file in a direct message."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Markup, Text, text
from bot.handlers.edit import base
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.integration_picker import Work, on_id, on_named
from bot.handlers.framework.interaction import Visit
from bot.handlers.framework.listeners import Guarded, everybody
from bot.handlers.framework.wizard import At, End, Flow, Stay, Step, Turn, finish
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.overview import cards
from bot.handlers.runs.start import before_start, busy
from bot.jobs.runs.service import Refused
from bot.providers import registry
from bot.views import command as views
from bot.views.blocks import View
from bot.views.overview.cards import FILE, FULL, Card
from bot.views.runs import export_file as handed_view
from bot.views.wizard import Problem
from storage.integrations import Integration
from storage.runs import RunKind

log = structlog.get_logger(__name__)

FULL_KIND, FILE_KIND = "full", "file"
GONE = ("file_deleted", "file_not_found")


def register(guarded: Guarded, flows: Flows) -> None:
    """Both questions with their buttons, and the button that deletes a file."""
    flows.add(Flow(FULL_KIND, (Full(),), _full_begun))
    flows.add(Flow(FILE_KIND, (File(),), _file_begun))

    async def full(visit: Visit) -> None:
        await on_id(visit, visit.value, _asker(flows, FULL_KIND))

    async def file(visit: Visit) -> None:
        await on_id(visit, visit.value, _asker(flows, FILE_KIND))

    guarded.action(FULL, full)
    guarded.action(FILE, file)
    # Whoever has the file may delete it, also when they may not manage any more.
    guarded.action(handed_view.DELETE, _delete, public=everybody)


async def command(visit: Visit, flows: Flows, word: str, name: str) -> None:
    """`/integration sync full [name]` and `/integration file [name]`; the only one that is fit needs no name."""
    kind, action_id = (FILE_KIND, FILE) if word == "file" else (FULL_KIND, FULL)
    work = _asker(flows, kind)
    fitting: Callable[[Card], bool] = (lambda one: one.hands_out) if kind == FILE_KIND else (lambda one: one.delivers)
    fit = [one for one in await cards.cards(visit) if fitting(one)]
    if not name and len(fit) == 1:
        await on_id(visit, fit[0].id, work)
        return
    await on_named(visit, name, kind, action_id, work)


def _asker(flows: Flows, kind: str) -> Work:
    async def ask(visit: Visit, one: Integration) -> None:
        refusal = _refusal(visit, kind, one)
        if refusal is not None:
            await visit.tell(views.said(visit.t, refusal))
            return
        answers = Answers(provider=one.provider, name=one.name, channel_id=one.channel_id)
        answers.target_company = (await base.answers_of(visit, one)).target_company
        await flows.begin(visit, kind, answers, one.id)

    return ask


def _refusal(visit: Visit, kind: str, one: Integration) -> Text | None:
    """Why it cannot be had of this integration, or here at all."""
    info = registry.target(one.provider).info
    about = {"system": text(f"{info.key}.name"), "name": one.name}
    if kind == FULL_KIND:
        return None if info.delivers else Text("full.not_for", about)
    if not info.hands_out:
        return Text("file.not_for", about)
    return None if visit.services.settings.files_by_message else text("file.forbidden")


class Whole(Step):
    """A question, and the run that follows from yes."""

    kind: RunKind
    redeliver: bool

    async def proceed(self, at: At) -> Turn:
        """Start the run, unless another is under way or it has been forbidden meanwhile."""
        visit, integration_id = at.visit, at.draft.integration_id
        assert integration_id is not None
        seen = await before_start(visit, integration_id)
        if (one := seen.integration) is None:
            return End(base.overtaken(at))
        refusal = _refusal(visit, at.flow.kind, one)
        if refusal is not None:
            return Stay(Problem(text=refusal, level="warning"))
        if seen.active:
            return Stay(Problem(text=text("whole.busy"), advice=busy(seen.active, one), level="warning"))
        start, key = visit.services.runs.start, f"{at.flow.kind}:{seen.key}"
        try:
            await start(one.id, self.kind, visit.user_id, key, redeliver=self.redeliver)
        except Refused as refused:
            return Stay(Problem(text=refused.text, advice=refused.advice, level="warning"))
        async with visit.services.database.session() as s:
            await finish(s, at, integration_id)
        return End(at.flow.ended(at))


class Full(Whole):
    """Deliver everyone once more?"""

    name = FULL_KIND
    kind, redeliver = RunKind.SYNC, True

    async def view(self, at: At) -> View:
        """What it is good for."""
        return handed_view.ask_full(at.frame(self), at.answers.name, _company(at))


class File(Whole):
    """Everyone as a file, in a direct message?"""

    name = FILE_KIND
    kind, redeliver = RunKind.FILE, False

    async def view(self, at: At) -> View:
        """What the file holds, and who gets it."""
        return handed_view.ask_file(at.frame(self), at.answers.name, _company(at))


def _company(at: At) -> str:
    return at.answers.target_company.name if at.answers.target_company else ""


def _full_begun(at: At) -> View:
    t = at.visit.t
    where = Markup(f"<#{at.answers.channel_id}>")
    return handed_view.begun(t, t("full.title"), text("full.begun", name=at.answers.name, channel=where))


def _file_begun(at: At) -> View:
    t = at.visit.t
    return handed_view.begun(t, t("file.title"), text("file.begun", name=at.answers.name))


async def _delete(visit: Visit) -> None:
    """Delete the file that the button stands beside; the message was posted to its one reader alone."""
    try:
        await visit.client.files_delete(file=visit.value)
    except SlackApiError as error:
        if error.response.get("error") not in GONE:
            log.warning("file_not_deleted", error=error.response.get("error"))
            await visit.tell(views.said(visit.t, text("file.delete.failed")))
            return
    where: Mapping[str, str] = visit.body.get("container") or {}
    message = handed_view.deleted(visit.t)
    await visit.client.chat_update(
        channel=where["channel_id"], ts=where["message_ts"], text=message.text, blocks=message.blocks
    )
