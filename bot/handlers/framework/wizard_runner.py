"""Runs the guided conversations: begins, submits, goes back, resumes and closes them."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.text import Text, text
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.interaction import GONE, Visit
from bot.handlers.framework.listeners import Answer, Guarded
from bot.handlers.framework.wizard import At, End, Errors, Flow, Forward, Show, Stay, Step, Turn, lifetime, save
from bot.providers.errors import ProviderError
from bot.views import wizard as views
from bot.views.blocks import REFRESH, View
from bot.views.wizard import Problem
from storage import drafts
from storage.errors import StaleVersion

log = structlog.get_logger(__name__)

CALLBACK = re.compile(r"^flow:")
ACT = re.compile(rf"^{re.escape(views.ACT)}:")

PENDING_SECONDS = 120
"""A check that is older was cut off by a restart; a new submission begins another."""

CATCH_UP_SECONDS = 0.5

ATTEMPTS = 3
"""A press may come while a choice that refreshes the form is still being kept."""

SHOW_AFTER = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between attempts to show a result: the check may be done before Slack shows "Checking…"."""


class Flows:
    """All conversations there are, over one set of listeners."""

    def __init__(self, guarded: Guarded) -> None:
        self._flows: dict[str, Flow] = {}
        guarded.submission(CALLBACK, self._submit)
        guarded.closed(CALLBACK, self._close)
        guarded.action(views.BACK, self._back)
        guarded.action(views.CANCEL_CHECK, self._again)
        guarded.action(views.CONTINUE, self._again)
        guarded.action(views.RESTART, self._restart)
        guarded.action(REFRESH, self.refresh)
        guarded.action(ACT, self._act)

    def add(self, flow: Flow) -> None:
        """Make a conversation known."""
        self._flows[flow.kind] = flow

    async def begin(self, visit: Visit, kind: str, answers: Answers, integration_id: str | None = None) -> None:
        """Start a conversation; an unfinished one of the same kind is dropped."""
        at = await self._open(visit, kind, answers, integration_id)
        await visit.present(await at.step.view(at))

    async def begin_or_resume(self, visit: Visit, kind: str, answers: Answers) -> None:
        """Start a conversation, or offer to go on with the unfinished one."""
        services = visit.services
        async with services.database.reading() as s:
            draft = await drafts.current(
                s, services.database.vault, visit.team_id, visit.user_id, kind, now=services.clock()
            )
        if draft is None or draft.step == self._flows[kind].steps[0].name:
            await self.begin(visit, kind, answers)
            return
        kept = Answers.from_draft(draft.data)
        if kept.finished:
            await self.begin(visit, kind, answers)
            return
        at = At(visit, self._flows[kind], draft, kept)
        await visit.present(views.resume(at.frame(back=None), text(f"setup.step.{draft.step}"), draft.updated_at))

    async def begin_after(
        self,
        visit: Visit,
        kind: str,
        answers: Answers,
        integration_id: str,
        what: Text,
        prepare: Callable[[Answers], Awaitable[None]],
    ) -> None:
        """Start a conversation whose first form needs another system: a view that says so is shown meanwhile."""
        answers.pending, answers.pending_since = _token(), visit.services.clock().timestamp()
        at = await self._open(visit, kind, answers, integration_id)
        await visit.present(views.checking(at.frame(), what, answers.pending))

        async def first(at: At) -> Turn:
            await prepare(at.answers)
            return Stay()

        visit.services.background.spawn(self._work(at, first), f"{kind}:{at.draft.id}")

    async def _open(self, visit: Visit, kind: str, answers: Answers, integration_id: str | None) -> At:
        services, flow = visit.services, self._flows[kind]
        async with services.database.session() as s:
            draft = await drafts.open(
                s,
                services.database.vault,
                visit.team_id,
                visit.user_id,
                kind,
                answers.to_draft(),
                lifetime(visit),
                integration_id=integration_id,
                step=flow.steps[0].name,
                now=services.clock(),
            )
        return At(visit, flow, draft, answers)

    async def load(self, visit: Visit) -> At | None:
        """The conversation that the visit's view belongs to; None when it has expired or is somebody else's."""
        services = visit.services
        draft_id = str((visit.view or {}).get("private_metadata") or "")
        async with services.database.reading() as s:
            draft = await drafts.get(
                s,
                services.database.vault,
                draft_id,
                team_id=visit.team_id,
                user_id=visit.user_id,
                now=services.clock(),
            )
        if draft is None or draft.kind not in self._flows:
            return None
        return At(visit, self._flows[draft.kind], draft, Answers.from_draft(draft.data))

    async def _submit(self, visit: Visit) -> Answer:
        for _ in range(ATTEMPTS):
            try:
                return await self._submit_once(visit)
            except StaleVersion:
                # A choice that refreshes the form was still being kept, or a first press of the same has moved on.
                continue
        return await self._as_it_is(visit)

    async def _submit_once(self, visit: Visit) -> Answer:
        at = await self.load(visit)
        if at is None or at.answers.finished:
            return await self._as_it_is(visit)
        step = at.step
        if _shown_step(visit) != step.name or self._is_pending(at):
            return await self._as_it_is(visit)  # a second press: the first is being worked on
        errors = step.take(at, visit.entered)
        if errors:
            return _errors(visit, errors)
        what = step.checking(at)
        if what is not None:
            at, view = await self._announce(at, what)
            return Answer(view=view, then=lambda: self._work(at, step.proceed))
        turn = await step.proceed(at)
        if isinstance(turn, Errors):
            return _errors(visit, turn.by_field)
        return Answer(view=await self._follow(at, turn))

    async def _as_it_is(self, visit: Visit) -> Answer:
        """What the conversation has come to, for a press that came too late to change it."""
        at = await self.load(visit)
        if at is None:
            return Answer(view=_expired(visit))
        if at.answers.finished:
            return Answer(view=at.flow.ended(at))
        token = at.answers.pending
        if token is None or not self._is_pending(at):
            return Answer(view=await at.step.view(at))
        what = at.step.checking(at) or text("flow.working")
        return Answer(view=views.checking(at.frame(), what, token), then=lambda: self._catch_up(visit, token))

    async def _catch_up(self, visit: Visit, token: str) -> None:
        """A second "Checking…" may be put up after the check has replaced the first: then nobody else replaces it."""
        at = await self.load(visit)
        while at is not None and at.answers.pending == token and self._is_pending(at):
            await asyncio.sleep(CATCH_UP_SECONDS)
            at = await self.load(visit)
        if at is not None:
            await _replace_checking(visit, token, at.flow.ended(at) if at.answers.finished else await at.step.view(at))

    def _is_pending(self, at: At) -> bool:
        began = at.answers.pending_since
        return bool(at.answers.pending) and at.visit.services.clock().timestamp() - began < PENDING_SECONDS

    async def _announce(self, at: At, what: Text) -> tuple[At, View]:
        """Note that a check is running, and the view that says so."""
        at.answers.pending = _token()
        at.answers.pending_since = at.visit.services.clock().timestamp()
        async with at.visit.services.database.session() as s:
            at = await save(s, at)
        return at, views.checking(at.frame(), what, at.answers.pending or "")

    async def _work(self, at: At, proceed: Callable[[At], Awaitable[Turn]]) -> None:
        """Do the slow part, and show what came of it where "Checking…" is shown."""
        external_id = at.answers.pending or ""
        turn: Turn
        try:
            turn = await proceed(at)
        except StaleVersion:
            return  # a second press of the same has saved it already
        except ProviderError as error:
            log.info("step_refused", step=at.step.name, error=type(error).__name__, said=str(error))
            turn = Stay(problem_of(error))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("step_failed", step=at.step.name, reference=reference)
            turn = Stay(
                Problem(text=text("flow.unexpected"), advice=text("flow.unexpected.advice"), reference=reference)
            )
        try:
            view = await self._follow(at, turn)
        except StaleVersion:
            return  # the person went back, started over or ran out of time: this result is nobody's
        await _replace_checking(at.visit, external_id, view)

    async def _follow(self, at: At, turn: Turn) -> View:
        """Keep the answers and give the view that comes next. Raises `StaleVersion`."""
        match turn:
            case End(view):
                return view
            case Errors():
                raise TypeError("a slow step cannot answer with errors at its fields")
            case _:
                at.answers.pending = None
        step = at.step
        following = step
        if isinstance(turn, Forward):
            at.answers.trail.append(step.name)
            following = at.flow.after(step, at)
        elif isinstance(turn, Stay):
            at.problem = turn.problem
            if turn.step and turn.step != step.name:
                following = at.flow.find(turn.step)
                while following.name in at.answers.trail:
                    at.answers.trail.pop()
        async with at.visit.services.database.session() as s:
            at = await save(s, at, following.name)
        return turn.view if isinstance(turn, Show) else await following.view(at)

    async def _back(self, visit: Visit) -> None:
        async def back(at: At) -> Step:
            if _shown_step(visit) == at.step.name and visit.entered:
                at.step.keep(at, visit.entered)
            while at.answers.trail:
                before = at.flow.find(at.answers.trail.pop())
                if before.applies(at):
                    return before
            return at.flow.steps[0]

        await self._move(visit, back)

    async def _again(self, visit: Visit) -> None:
        async def same(at: At) -> Step:
            return at.step

        await self._move(visit, same)

    async def refresh(self, visit: Visit) -> None:
        """Show the form again as a choice in it has changed it; for menus that search, under their own action id."""
        for _ in range(ATTEMPTS):
            at = await self.load(visit)
            if at is None or at.answers.finished:
                await visit.present(_expired(visit) if at is None else at.flow.ended(at))
                return
            if _shown_step(visit) != at.step.name or self._is_pending(at):
                return  # the form was submitted meanwhile, with this choice in it
            if visit.acted_at >= at.answers.refreshed_at:
                at.step.keep(at, visit.entered)
                at.answers.refreshed_at = visit.acted_at
            try:
                async with visit.services.database.session() as s:
                    at = await save(s, at)
            except StaleVersion:
                continue  # of two choices in a row, each is kept
            await self._show(at, await at.step.view(at))
            return

    async def _move(self, visit: Visit, where: Callable[[At], Awaitable[Step]]) -> None:
        at = await self.load(visit)
        if at is None:
            await visit.present(_expired(visit))
            return
        if at.answers.finished:
            await visit.present(at.flow.ended(at))
            return
        step = await where(at)
        at.answers.pending = None
        try:
            async with visit.services.database.session() as s:
                at = await save(s, at, step.name)
        except StaleVersion:
            return  # a later press of the same person is being shown
        await self._show(at, await step.view(at))

    async def _show(self, at: At, view: View) -> None:
        """Show a view; if another was shown meanwhile, this one still wins where its draft is the latest."""
        visit = at.visit
        shown = visit.view or {}
        try:
            await visit.client.views_update(view_id=shown["id"], hash=shown.get("hash"), view=view)
        except SlackApiError as error:
            if error.response.get("error") not in GONE:
                raise
            latest = await self.load(visit)
            if error.response.get("error") == "hash_conflict" and latest and latest.draft.version == at.draft.version:
                await visit.client.views_update(view_id=shown["id"], view=view)

    async def _restart(self, visit: Visit) -> None:
        at = await self.load(visit)
        if at is None:
            await visit.present(_expired(visit))
            return
        fresh = Answers(timezone=visit.member.timezone, language=visit.language)
        await self.begin(visit, at.flow.kind, fresh, at.draft.integration_id)

    async def _act(self, visit: Visit) -> None:
        at = await self.load(visit)
        if at is None:
            await visit.present(_expired(visit))
            return
        if at.answers.finished or _shown_step(visit) != at.step.name:
            await self._again(visit)
            return
        step, verb = at.step, str(visit.action["action_id"]).partition(":")[2]
        if visit.entered:
            step.keep(at, visit.entered)
        try:
            what = step.checking(at, verb)
            if what is None:
                await self._show(at, await self._follow(at, await step.act(at, verb)))
                return
            at, view = await self._announce(at, what)
        except StaleVersion:
            return
        await self._show(at, view)
        visit.services.background.spawn(self._work(at, lambda at: step.act(at, verb)), f"{step.name}:{verb}")

    async def _close(self, visit: Visit) -> None:
        """Closing keeps everything, as far as Slack tells what was entered."""
        at = await self.load(visit)
        if at is None or at.answers.finished or at.answers.pending or _shown_step(visit) != at.step.name:
            return
        if not visit.entered:
            return
        at.step.keep(at, visit.entered)
        try:
            async with visit.services.database.session() as s:
                await drafts.save(s, visit.services.database.vault, replace(at.draft, data=at.answers.to_draft()))
        except StaleVersion:
            log.info("closed_view_was_stale", step=at.step.name)


def problem_of(error: ProviderError, field: str | None = None) -> Problem:
    """A provider's error for the form."""
    return Problem(
        text=error.text, advice=error.advice, verbatim=error.verbatim, reference=error.reference, field=field
    )


def _errors(visit: Visit, by_field: Mapping[str, Text]) -> Answer:
    return Answer(errors={block_id: visit.t.render(said) for block_id, said in by_field.items()})


def _expired(visit: Visit) -> View:
    return views.expired(visit.t, visit.services.settings.draft_minutes)


def _shown_step(visit: Visit) -> str:
    return str((visit.view or {}).get("callback_id", "")).rpartition(":")[2]


def _token() -> str:
    return f"check:{secrets.token_hex(12)}"


async def _replace_checking(visit: Visit, external_id: str, view: View) -> None:
    for wait in SHOW_AFTER:
        await asyncio.sleep(wait)
        try:
            await visit.client.views_update(external_id=external_id, view=view)
            return
        except SlackApiError as error:
            if error.response.get("error") not in GONE:
                raise
    log.info("result_kept_for_resume")
