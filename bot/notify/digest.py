"""Tells Slack the summary of a day or a week, once, in the integration's channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import structlog
from babel.dates import format_date, format_datetime
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notification_policy import NotificationPolicy
from bot.domain.outcome import OutcomeKind
from bot.domain.resource import Resource
from bot.jobs.runs.problems import count_muted, muted_as
from bot.locales import Translator, translator
from bot.providers.registry import takes_people
from bot.slack.channel_audience import audience_of, may_name
from bot.slack.client import code_of
from bot.slack.deputies import NobodyOfOurs, member_to_tell, owner_or_deputy
from bot.slack.idempotent_post import Posted, PostOnce
from bot.slack.refusals import is_final
from bot.sync.codec import outcome_from_json
from bot.sync.report.issues import PROBLEMS
from bot.sync.report.problem_delta import ProblemDelta
from bot.sync.report.run_summary import RunSummary
from bot.views.report.digest import DigestFacts, Line, digest
from storage import digests, outcomes, problems, runs
from storage.database import Database
from storage.delivery import DeliveryState
from storage.digests import Period
from storage.integrations import Integration
from storage.runs import Run, RunKind, RunState, RunTrigger

UNSOLVED = tuple(kind.value for kind in PROBLEMS)
MOST_DAYS = timedelta(days=31)

log = structlog.get_logger(__name__)


class DigestPosts:
    """A `bot.slack.idempotent_post.PostRecord` of one summary."""

    def __init__(self, database: Database, integration_id: str, period: Period, state: DeliveryState) -> None:
        self._database = database
        self._integration_id = integration_id
        self._period = period
        self._state = state
        # By this machine's time, as Slack's timestamps are: the period may have ended long before.
        self.since = state.at or datetime.now(UTC)
        self._is_begun = state.at is not None

    @property
    def subject(self) -> str:
        """The summary's id."""
        return self._state.id

    def is_begun(self, key: str) -> bool:  # noqa: ARG002 - there is one post
        """Whether it was tried before."""
        return self._is_begun

    async def begin(self, key: str) -> None:  # noqa: ARG002 - there is one post
        """Note that it is about to be posted."""
        await self._note(DeliveryState(id=self.subject, at=self.since))

    async def stands_at(self, posted: Posted) -> None:
        """Note where it is."""
        await self._note(DeliveryState(id=self.subject, channel=posted.channel, ts=posted.ts))

    async def _note(self, state: DeliveryState) -> None:
        async with self._database.session() as session:
            await digests.note(session, self._integration_id, self._period, state)


async def tell_digest(
    database: Database,
    client: AsyncWebClient,
    integration: Integration,
    digest_id: str,
    period: Period,
    since: datetime,
    until: datetime,
) -> None:
    """Post the summary, unless it is there, or nobody wants it any more, or the day had nothing to sum up.

    Raises `SlackApiError` where it is worth repeating.
    """
    async with database.reading() as session:
        wanted = await digests.get(session, integration.id, period)
        found = await runs.between(session, integration.id, since, until)
    everything = [run for run in found if run.kind is RunKind.SYNC]
    # The numbers and the people of the table are the employees'.
    syncs = [run for run in everything if run.resource == Resource.EMPLOYEES]
    if wanted is None or (period is Period.DAY and not _scheduled(everything)):
        return
    begun = wanted.told if wanted.told and wanted.told.id == digest_id else DeliveryState(id=digest_id)
    if begun.ts:
        return
    t = translator(integration.language, NotificationPolicy.from_json(integration.attention).timezone)
    known = await _problems(database, integration, syncs, since, until)
    last = await _last(database, syncs, known)
    audience = await audience_of(client, integration.team_id, integration.channel_id)
    if not may_name(audience, integration.channel_id, integration.attention):
        last = RunSummary()  # numbers alone
    muted = await count_muted(database, integration.id, syncs, until.date())
    facts = _facts(integration, period, since, until, syncs, known, muted, t)
    of_absence = [run for run in everything if run.resource == Resource.ABSENCE]
    facts = _with_absence(facts, of_absence, alone=not takes_people(integration.provider))
    record = DigestPosts(database, integration.id, period, begun)
    post = partial(PostOnce(record, "message").make_or_tell, client, integration.channel_id)
    named, anybody = (partial(who, database, client, integration) for who in (member_to_tell, owner_or_deputy))
    try:
        try:
            posted = await post(named, digest(facts, last, t), integration.name, t)
        except NobodyOfOurs:
            posted = await post(anybody, digest(facts, RunSummary(), t), integration.name, t)
    except SlackApiError as error:
        if not is_final(error):
            raise
        log.error("nobody_reached", subject=digest_id, error=code_of(error))
        return
    await record.stands_at(posted)


def _scheduled(syncs: Iterable[Run]) -> bool:
    return any(run.trigger is RunTrigger.SCHEDULE for run in syncs)


async def _problems(
    database: Database, integration: Integration, syncs: Sequence[Run], since: datetime, until: datetime
) -> ProblemDelta:
    """What is wrong now, and what of it came in the period."""
    names = {run.id for run in syncs}
    async with database.reading() as session:
        known = await problems.load(session, integration.id)
    still = {key: problem.since for key, problem in known.items() if problem.solved_run is None}
    return ProblemDelta(
        since=still,
        new=frozenset(key for key, seen in still.items() if seen >= since),
        solved=frozenset(key for key, problem in known.items() if problem.solved_run in names),
        muted=problems.muted_people(known, until.date()),
        muted_as=muted_as(known),
    )


async def _last(database: Database, syncs: Sequence[Run], news: ProblemDelta) -> RunSummary:
    """The people of the last sync of everyone who need a person."""
    summary = RunSummary(news)
    last = next((run for run in reversed(syncs) if run.state is RunState.DONE and run.options.only is None), None)
    if last is not None:
        async with database.reading() as session:
            async for page in outcomes.stream(session, database.vault, last.id, UNSOLVED):
                for row in page:
                    summary.add(outcome_from_json(row.detail))
    return summary


def _facts(
    integration: Integration,
    period: Period,
    since: datetime,
    until: datetime,
    syncs: Sequence[Run],
    known: ProblemDelta,
    muted: Mapping[str, int],
    t: Translator,
) -> DigestFacts:
    now = {source_id for source_id, _ in known.since} - known.muted.keys()
    if period is Period.WEEK:
        lines = _by_day(syncs, since, until, muted, t)
    else:
        lines = [_line(_at(run, t), [run], muted) for run in syncs]
    seen = [line.attention for line in lines if line.attention is not None]
    return DigestFacts(
        integration_id=integration.id,
        integration=integration.name,
        target=f"{t(f'{integration.provider}.name')} ({integration.target_account_name})",
        state=integration.state.value,
        period=period.value,
        since=since,
        until=until,
        lines=lines,
        failed=sum(run.state is RunState.FAILED for run in syncs),
        attention=len(now),
        before=seen[0] if seen else None,
    )


def _with_absence(facts: DigestFacts, syncs: Sequence[Run], *, alone: bool) -> DigestFacts:
    failed = sum(run.state is RunState.FAILED for run in syncs)
    people = sum(run.counts.get(OutcomeKind.UPDATED, 0) for run in syncs)
    facts = replace(facts, absence_syncs=len(syncs), absence_people=people, failed=facts.failed + failed)
    if not alone:
        return facts
    seen = [attention for run in syncs if (attention := _line("", [run], {}).attention) is not None]
    now, before = (seen[-1], seen[0]) if seen else (0, None)
    return replace(facts, absence_alone=True, lines=(), attention=now, before=before)


def _by_day(
    syncs: Sequence[Run], since: datetime, until: datetime, muted: Mapping[str, int], t: Translator
) -> list[Line]:
    by_day: dict[date, list[Run]] = {}
    day, zone = max(since, until - MOST_DAYS).astimezone(t.timezone), t.timezone
    while day < until:
        by_day[day.date()] = []
        day += timedelta(days=1)
    for run in syncs:
        if run.finished_at is not None:
            by_day.setdefault(run.finished_at.astimezone(zone).date(), []).append(run)
    return [
        _line(format_date(day, "EEE d MMM", locale=t.locale), found, muted) for day, found in sorted(by_day.items())
    ]


def _line(label: str, syncs: Sequence[Run], muted: Mapping[str, int]) -> Line:
    counts: Counter[str] = Counter()
    for run in syncs:
        counts.update(run.counts)
    done = [run for run in syncs if run.state is RunState.DONE]
    return Line(
        label=label,
        syncs=len(syncs),
        created=counts[OutcomeKind.CREATED],
        updated=counts[OutcomeKind.UPDATED],
        attention=_attention(done[-1], muted) if done else None,
    )


def _attention(run: Run, muted: Mapping[str, int]) -> int:
    return sum(run.counts.get(kind, 0) for kind in UNSOLVED) - muted.get(run.id, 0)


def _at(run: Run, t: Translator) -> str:
    return format_datetime(run.finished_at, "EEE HH:mm", tzinfo=t.timezone, locale=t.locale)
