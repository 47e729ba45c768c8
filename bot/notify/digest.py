"""Tells Slack the summary of a day or a week, once, in the integration's channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import structlog
from babel.dates import format_date, format_datetime
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notification_policy import NotificationPolicy
from bot.domain.outcome import OutcomeKind
from bot.locales import Translator, translator
from bot.slack.idempotent_post import Post, Posted, post_to
from bot.sync.codec import outcome_from_json
from bot.sync.report.issues import PROBLEMS
from bot.sync.report.problem_delta import ProblemDelta
from bot.sync.report.run_summary import RunSummary
from bot.views.message import Message
from bot.views.report.digest import DigestFacts, Line, digest, without_chart
from storage import digests, outcomes, problems, runs
from storage.database import Database
from storage.digests import Period
from storage.integrations import Integration
from storage.runs import Run, RunKind, RunState, RunTrigger

UNSOLVED = tuple(kind.value for kind in PROBLEMS)
MOST_DAYS = timedelta(days=31)

log = structlog.get_logger(__name__)


async def tell_digest(
    database: Database,
    client: AsyncWebClient,
    integration: Integration,
    digest_id: str,
    period: Period,
    since: datetime,
    until: datetime,
) -> None:
    """Post the summary, unless it is there, or nobody wants it any more, or the day had nothing to sum up."""
    async with database.reading() as session:
        wanted = await digests.get(session, integration.id, period)
        found = await runs.between(session, integration.id, since, until)
    told = dict(wanted.told or {}) if wanted else {}
    begun = told.get("id") == digest_id
    syncs = [run for run in found if run.kind is RunKind.SYNC]
    if wanted is None or (begun and "ts" in told) or (period is Period.DAY and not _scheduled(syncs)):
        return
    t = translator(integration.language, NotificationPolicy.from_json(integration.attention).timezone)
    known = await _problems(database, integration, syncs, since)
    last = await _last(database, syncs, known)
    message = digest(_facts(integration, period, since, until, syncs, known, t), last, t)

    # By this machine's time, as Slack's timestamps are: the period may have ended long before.
    first_try = datetime.fromisoformat(told["at"]) if begun else datetime.now(UTC)

    async def note() -> None:
        async with database.session() as session:
            await digests.note(session, integration.id, period, {"id": digest_id, "at": first_try.isoformat()})

    post = Post(subject=digest_id, part="message", since=first_try, begun=begun, note=note)
    posted = await _post(client, post, integration, message, t)
    async with database.session() as session:
        told = {"id": digest_id, "channel": posted.channel, "ts": posted.ts}
        await digests.note(session, integration.id, period, told)


async def _post(
    client: AsyncWebClient, post: Post, integration: Integration, message: Message, t: Translator
) -> Posted:
    """Post the summary, without its chart where Slack does not know charts yet."""
    channel, owner = integration.channel_id, integration.owner_user_id
    try:
        return await post_to(client, post, channel, owner, message, integration.name, t)
    except SlackApiError as error:
        plain = without_chart(message)
        if error.response["error"] != "invalid_blocks" or plain == message:
            raise
    log.warning("chart_refused", subject=post.subject)
    return await post_to(client, post, channel, owner, plain, integration.name, t)


def _scheduled(syncs: Iterable[Run]) -> bool:
    return any(run.trigger is RunTrigger.SCHEDULE for run in syncs)


async def _problems(
    database: Database, integration: Integration, syncs: Sequence[Run], since: datetime
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
    )


async def _last(database: Database, syncs: Sequence[Run], news: ProblemDelta) -> RunSummary:
    """The people of the last sync of everyone who need a person."""
    summary = RunSummary(news)
    last = next((run for run in reversed(syncs) if run.state is RunState.DONE and "only" not in run.options), None)
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
    t: Translator,
) -> DigestFacts:
    now = {source_id for source_id, _ in known.since}
    lines = _by_day(syncs, since, until, t) if period is Period.WEEK else [_line(_at(run, t), [run]) for run in syncs]
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


def _by_day(syncs: Sequence[Run], since: datetime, until: datetime, t: Translator) -> list[Line]:
    by_day: dict[date, list[Run]] = {}
    day, zone = max(since, until - MOST_DAYS).astimezone(t.timezone), t.timezone
    while day < until:
        by_day[day.date()] = []
        day += timedelta(days=1)
    for run in syncs:
        if run.finished_at is not None:
            by_day.setdefault(run.finished_at.astimezone(zone).date(), []).append(run)
    return [_line(format_date(day, "EEE d MMM", locale=t.locale), found) for day, found in sorted(by_day.items())]


def _line(label: str, syncs: Sequence[Run]) -> Line:
    counts: Counter[str] = Counter()
    for run in syncs:
        counts.update(run.counts)
    done = [run for run in syncs if run.state is RunState.DONE]
    return Line(
        label=label,
        syncs=len(syncs),
        created=counts[OutcomeKind.CREATED],
        updated=counts[OutcomeKind.UPDATED],
        attention=sum(done[-1].counts.get(kind, 0) for kind in UNSOLVED) if done else None,
    )


def _at(run: Run, t: Translator) -> str:
    return format_datetime(run.finished_at, "EEE HH:mm", tzinfo=t.timezone, locale=t.locale)
