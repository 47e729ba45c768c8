"""All that is shown of a run, read once for everybody who tells of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notification_policy import NotificationPolicy, Verbosity
from bot.domain.outcome import OutcomeKind
from bot.domain.resource import Resource
from bot.domain.safeguard_hold import policy_in_force
from bot.jobs.runs.finish import REFUSED_BY
from bot.jobs.runs.remarks import remarks_of
from bot.jobs.runs.replan import plan_diff_of
from bot.jobs.runs.result import result_of
from bot.locales import Translator, translator
from bot.notify.profile_links import PagesOf, links_of, no_pages
from bot.notify.run_posts import RunPosts
from bot.providers import registry
from bot.sync.plan.guard import GuardReason
from bot.sync.report.issues import PROBLEMS, WRITES
from bot.sync.report.problem_delta import ProblemDelta
from bot.views.report import run_message as views
from storage import run_loader, run_words, runs, schedules, workspaces
from storage.database import Database
from storage.integrations import Integration, IntegrationState
from storage.runs import Run, RunKind, RunState, RunTrigger

Clients = Callable[[str], Awaitable[AsyncWebClient]]
"""Gives the Slack client of a workspace, by its team id."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run, its integration, what its message shows and in which words, how Slack is reached, and what is posted."""

    run: Run
    integration: Integration
    policy: NotificationPolicy
    facts: views.RunFacts
    t: Translator
    client: AsyncWebClient
    posts: RunPosts
    names_people: bool = True

    def for_outsiders(self) -> RunView:
        """With numbers alone: who is not ours reads it."""
        facts = replace(self.facts, refusal=None, numbers_only=True)
        return replace(self, facts=facts, names_people=False)

    @property
    def is_file(self) -> bool:
        """Whether the run makes a file for one person, of which others hear only that."""
        return self.run.kind is RunKind.FILE

    @property
    def speaks_at_the_end(self) -> bool:
        """Whether the run says nothing before it is known to be worth a message, and has said nothing yet."""
        scheduled = self.run.trigger is RunTrigger.SCHEDULE
        return scheduled and self.policy.noise is not Verbosity.ALWAYS and self.posts.untouched

    def is_quiet(self, news: ProblemDelta | None) -> bool:
        """Whether nobody needs to hear of the run, which is over."""
        if not self.speaks_at_the_end or result_of(self.run).state is not RunState.DONE or not self.facts.people:
            return False
        changed = any(self.facts.counts.get(kind, 0) for kind in WRITES)
        return self.policy.is_quiet(changed=changed, news=bool(news and (news.new or news.solved)))


class RunViews:
    """Reads what is shown of runs."""

    def __init__(self, database: Database, clients: Clients, pages: PagesOf = no_pages) -> None:
        self._database = database
        self._clients = clients
        self._pages = pages

    async def load(self, run_id: str) -> RunView:
        """The view as it is now. Raises `LookupError` for a run that is unknown."""
        async with self._database.reading() as session:
            loaded = await run_loader.find(session, run_id, removed=True)
            if loaded is None or loaded.integration is None:
                raise LookupError(f"run {run_id} or its integration is unknown")
            run, integration = loaded.run, loaded.integration
            workspace = await workspaces.get(session, run.team_id)
            refusal = await runs.refusal(session, self._database.vault, run_id)
            words = await run_words.are_kept(session, run_id)
            schedule = await schedules.get(session, run.integration_id)
        source = (workspace and workspace.source_account_name) or "Simployer"
        t = translator(integration.language, wording=_wording(integration))
        scheduled = schedule is not None and schedule.enabled
        links = links_of(self._pages, integration.provider, t)
        facts = replace(_facts(run, integration, source, t, scheduled=scheduled), refusal=refusal, links=links)
        if words:
            facts = replace(facts, words=True)
        policy = NotificationPolicy.from_json(integration.attention)
        client = await self._clients(run.team_id)
        return RunView(run, integration, policy, facts, t, client, RunPosts(self._database, run))


def _facts(run: Run, integration: Integration, source: str, t: Translator, *, scheduled: bool) -> views.RunFacts:
    guard, ending = (run.guard or {}).get("reasons", ()), result_of(run)
    return views.RunFacts(
        run_id=run.id,
        preview=run.kind is RunKind.PREVIEW,
        integration_id=integration.id,
        channel_id=integration.channel_id,
        integration=integration.name,
        source=source,
        target=f"{t(f'{integration.provider}.name')} ({integration.target_account_name})",
        provider=integration.provider,
        absence=run.resource == Resource.ABSENCE,
        everyone=run.options.everyone,
        scheduled=run.trigger is RunTrigger.SCHEDULE,
        requested_by=run.requested_by,
        stage=run.state.value,
        done=run.progress_done,
        total=run.progress_total or 0,
        counts={OutcomeKind(kind): count for kind, count in run.counts.items()},
        compared_at=_compared_before(run, integration),
        reason=ending.text,
        advice=ending.advice,
        words=ending.verbatim is not None,
        reconnect=ending.state is RunState.FAILED and integration.state is IntegrationState.NEEDS_RECONNECT,
        guard=tuple(GuardReason.from_json(reason).text for reason in guard),
        remarks=remarks_of(run),
        again=plan_diff_of(run),
        approved_by=run.approved_by,
        approved_at=run.approved_at,
        others_approve=policy_in_force(integration.attention, datetime.now(UTC)).four_eyes,
        schedule_changed_by=run.options.scheduled_by,
        cancelled_by=run.cancel_requested_by if ending.state is RunState.CANCELLED else None,
        refused=ending.text == REFUSED_BY.text,
        started_at=run.started_at,
        interrupted_at=run.interrupted_at,
        finished_at=run.finished_at,
        expires_at=run.expires_at,
        next_step=_next_step(run, integration, scheduled=scheduled),
    )


def _compared_before(run: Run, integration: Integration) -> datetime | None:
    """When everyone was last compared, as far as that was before the run."""
    at = integration.full_compare_at
    return at if at is not None and (run.started_at is None or at < run.started_at) else None


def _wording(integration: Integration) -> str:
    """How the system's people are worded; one that is not in the catalogue any more has the usual words."""
    provider = registry.targets().get(integration.provider)
    return "delivered" if provider is not None and provider.info.delivers else ""


def _next_step(run: Run, integration: Integration, *, scheduled: bool) -> str | None:
    """What the path from test to live offers next, at the moment it makes sense (`views.NEXT_STEPS`)."""
    problems = sum(run.counts.get(kind.value, 0) for kind in PROBLEMS)
    written = run.counts.get(OutcomeKind.CREATED.value, 0) + run.counts.get(OutcomeKind.UPDATED.value, 0)
    test_group = integration.scope.get("kind") == "people"
    if result_of(run).state is not RunState.DONE:
        return None
    if run.resource == Resource.ABSENCE:
        return "sync" if run.kind is RunKind.PREVIEW and written else None
    if run.kind is RunKind.PREVIEW and run.options.everyone:
        return "everyone" if run.counts and test_group else None
    if problems or run.options.only is not None or not run.counts:
        return None
    if run.kind is RunKind.PREVIEW:
        # A first sync proves the integration even where it has nothing to write.
        return "sync" if written or integration.state is IntegrationState.CONNECTED else None
    if not written and not run.counts.get(OutcomeKind.UNCHANGED.value, 0):
        return None
    return "widen" if test_group else None if scheduled else "schedule"
