"""The one message of a run, from "starting" to the result. Pure functions: facts in, Block Kit out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import Block, ButtonElement

from bot.core.text import Markup, Text
from bot.domain.outcome import OutcomeKind
from bot.locales import Translator
from bot.providers.registry import leave_form
from bot.sync.plan.plan_diff import DiffKind, PlanDiff
from bot.sync.report.issues import PROBLEMS, WRITES
from bot.sync.report.run_summary import RunSummary
from bot.views import blocks
from bot.views.message import Message
from bot.views.overview import cards
from bot.views.report import problems
from bot.views.report.headline import NEEDS_APPROVAL, QUEUED, RUNNING, headline, of_result, spoken_headline
from bot.views.report.remarks import remarks
from bot.views.report.run_facts import RunFacts as RunFacts

COUNTED = (
    OutcomeKind.CREATED,
    OutcomeKind.UPDATED,
    OutcomeKind.UNCHANGED,
    OutcomeKind.SKIPPED,
    *PROBLEMS,
)


PERHAPS_WRITTEN = (OutcomeKind.FAILED, OutcomeKind.UNKNOWN, OutcomeKind.CANCELLED)
"""Of these it is never said that nothing was done to anybody."""

NEXT_STEPS = {
    "sync": cards.APPLY_PREVIEW,
    "widen": cards.PREVIEW_EVERYONE,
    "everyone": cards.SCOPE,
    "schedule": cards.SCHEDULE,
}


"""The button of each step on the path from test to live; its words are `report.next.<step>`."""


_LABELS = {
    cards.SYNC: "sync",
    cards.APPLY_PREVIEW: "apply",
    cards.PREVIEW: "preview",
    cards.PREVIEW_EVERYONE: "preview_everyone",
    cards.SCOPE: "scope",
    cards.SCHEDULE: "schedule",
    cards.RESOLVE: "resolve",
    cards.LEAVE_OUT: "leave_out",
    cards.PLAN: "plan",
    cards.UNDO: "undo",
    cards.WORDS: "words",
    cards.CREDENTIALS: "reconnect",
}


FIELDS_NAMED = 5
"""Fields that are named in a sentence, the most frequent ones."""

NAME_PEOPLE = "channel.name_people"


def name_people_value(channel_id: str, integration_id: str) -> str:
    """What the button names: the channel that was asked about, which may not be the integration's any more."""
    return f"{channel_id}:{integration_id}"


"""The button that lets people be named in a channel that is shared with another organisation."""

_OF_RUN = frozenset({cards.RESOLVE, cards.LEAVE_OUT, cards.PLAN, cards.UNDO, cards.APPLY_PREVIEW, cards.WORDS})
"""Buttons that carry the run, not its integration."""


def running(facts: RunFacts, t: Translator) -> Message:
    """While the run works: what it is doing and how far it is."""
    if facts.waits is not None:
        state = t.md("report.stage.waits", why=facts.waits)
    elif facts.absence and facts.stage == "reading":
        state = t.md("leave.report.reading")
    elif facts.total:
        state = t.md(f"report.stage.{facts.stage}.counted", done=facts.done, total=facts.total)
    else:
        state = t.md(f"report.stage.{facts.stage}")
    how = QUEUED if facts.stage == "queued" else RUNNING
    shown = [
        blocks.header(headline(facts, t, how)),
        blocks.section(state),
        blocks.context(origin(facts, t), *who_approved(facts, t)),
        blocks.actions(_button(t, cards.CANCEL_RUN, "report.button.cancel", facts.run_id, style="danger")),
    ]
    return Message(f"{spoken_headline(facts, t, how)}. {state}", _payload(shown))


def approval(facts: RunFacts, t: Translator) -> Message:
    """The guard has stopped the run: why, what would be written, and the two ways on."""
    why = _again(facts.again, t) if facts.again and facts.again.people else []
    why += [f"• {t.render_md(reason)}" for reason in facts.guard]
    ask = (
        t.md(f"leave.report.ask{leave_form(facts.provider).suffix}", target=facts.target)
        if facts.absence
        else t.md(
            "report.approval.ask",
            created=facts.counts.get(OutcomeKind.CREATED, 0),
            updated=facts.counts.get(OutcomeKind.UPDATED, 0),
            target=facts.target,
        )
    )
    approve = _button(t, cards.APPROVE_RUN, "report.button.approve", facts.run_id, style="primary")
    refuse = _button(t, cards.REFUSE_RUN, "report.button.refuse", facts.run_id, style="danger")
    more = [] if facts.absence else [_button(t, cards.PLAN, "report.button.plan", facts.run_id)]
    more += [_button(t, cards.WORDS, f"report.button.{_LABELS[cards.WORDS]}", facts.run_id)] if facts.words else []
    notes = [origin(facts, t)]
    if facts.others_approve and facts.requested_by:
        notes.append(t.md("report.approval.others", who=Markup(f"<@{facts.requested_by}>")))
    elif facts.others_approve and facts.schedule_changed_by:
        notes.append(t.md("report.approval.others.scheduled", who=Markup(f"<@{facts.schedule_changed_by}>")))
    if facts.expires_at:
        notes.append(t.md("report.approval.expires", when=blocks.moment(t, facts.expires_at)))
    shown = [
        blocks.header(headline(facts, t, NEEDS_APPROVAL)),
        blocks.section("\n".join([f"*{t.md('report.approval.title')}*", *why])),
        *_numbers(replace(facts, preview=True), t),
        *remarks(facts.remarks, t),
        *([_numbers_only(facts, t)] if facts.numbers_only else []),
        blocks.section(ask),
        blocks.actions(approve, refuse, *more),
        blocks.context(*notes),
    ]
    return Message(
        f"{spoken_headline(facts, t, NEEDS_APPROVAL)}. {t.md('report.approval.title')}. {ask}", _payload(shown)
    )


def result(facts: RunFacts, summed: RunSummary, t: Translator, rest: str = "both") -> Message:
    """The run is over: one sentence, the counts, the first problems, and what can be done next.

    `rest` is where those are who are not named here: in the "thread", in the "file", in "both" or "nowhere".
    Where the summary has news, problems that were known before are counted and no longer told one by one.
    """
    facts = replace(facts, muted=summed.people_muted)
    sentence = summary(facts, t, summed)
    how = of_result(facts, summed)
    shown = [blocks.header(headline(facts, t, how)), blocks.section(sentence)]
    if facts.reason:
        shown.append(blocks.section(why_it_stopped(facts, t)))
    shown += _numbers(facts, t, summed.unread)
    shown += problems.waiting(summed, t)
    shown += remarks(facts.remarks, t)
    shown += problems.told(summed, t, everything=not facts.scheduled, links=facts.links, rest=rest)
    if facts.numbers_only:
        shown.append(_numbers_only(facts, t))
    if facts.next_step:
        shown.append(blocks.section(t.md(f"report.next.{facts.next_step}", n=facts.settled, people=facts.people)))
    told = replace(facts, words=facts.words or summed.words, other_payroll=summed.other_payroll)
    shown.append(blocks.actions(*_next_buttons(told, t)))
    notes = [origin(facts, t), *who_approved(facts, t)]
    if facts.again:
        notes.append(_of_again("differed" if facts.again.people else "same", facts.again, t))
    if facts.refused and facts.cancelled_by and facts.finished_at:
        who, when = Markup(f"<@{facts.cancelled_by}>"), blocks.moment(t, facts.finished_at)
        notes.append(t.md("report.refused", who=who, when=when))
    if facts.interrupted_at and facts.finished_at:
        notes.append(
            t.md(
                "report.interrupted",
                when=blocks.moment(t, facts.interrupted_at),
                finished=blocks.moment(t, facts.finished_at),
            )
        )
    if facts.finished_at:
        notes.append(t.md("report.finished", when=blocks.moment(t, facts.finished_at)))
    shown.append(blocks.context(*notes))
    return Message(f"{spoken_headline(facts, t, how)}. {sentence}", _payload(shown))


def summary(facts: RunFacts, t: Translator, summed: RunSummary) -> str:
    """The result in one sentence. "In sync" is told apart from "did not run", and said only where everyone was compared
    and is equal.

    Who was not read, who keeps something else in the target, and who is waiting there, is a sentence more each; of
    nobody among them it is said that they are in place.
    """
    said = [_in_short(facts, t, summed)]
    if summed.unread and facts.compared_at is not None:
        said.append(t.md("report.unread.since", n=summed.unread, since=blocks.moment(t, facts.compared_at)))
    elif summed.unread:
        said.append(t.md("report.unread", n=summed.unread))
    if summed.kept:
        fields = tuple(t(f"field.{name}") for name, _ in summed.kept.most_common(FIELDS_NAMED))
        said.append(t.md("report.kept", fields=fields, target=facts.target))
    if summed.unseen:
        fields = tuple(t(f"field.{name}") for name, _ in summed.unseen.most_common(FIELDS_NAMED))
        said.append(t.md("report.unseen", fields=fields, target=facts.target))
    if summed.waiting:
        said.append(t.md("report.waiting", n=summed.waiting, target=facts.target))
    return " ".join(said)


def _in_short(facts: RunFacts, t: Translator, summed: RunSummary) -> str:
    kind = "preview" if facts.preview else "sync"
    if facts.cancelled_by:
        how = "refused" if facts.refused else "cancelled" if facts.people or facts.preview else "cancelled.early"
        return t.md(f"report.{kind}.{how}", who=Markup(f"<@{facts.cancelled_by}>"), target=facts.target)
    if facts.reason and not facts.people:
        return t.md(f"report.{kind}.did_not_run", target=facts.target)
    if not facts.people:
        return t.md(f"report.{kind}.nobody")
    waiting, unread = summed.waiting, summed.unread
    if unread and facts.counts.get(OutcomeKind.UNCHANGED, 0) == facts.people:
        how = "quick" if unread < facts.people else "quick.nobody"
        return t.md(f"report.{kind}.{how}", n=facts.people - unread, people=facts.people, target=facts.target)
    if facts.counts.get(OutcomeKind.UNCHANGED, 0) == facts.people:
        how = "compared" if waiting or summed.unequal else "in_sync"
        return t.md(f"report.{kind}.{how}", n=facts.people, target=facts.target)
    changed = facts.counts.get(OutcomeKind.CREATED, 0) + facts.counts.get(OutcomeKind.UPDATED, 0)
    if not facts.problems and facts.muted and not changed:
        in_place = facts.settled - waiting - unread
        return t.md(f"report.{kind}.but_muted", n=in_place, people=facts.people, target=facts.target)
    if not facts.problems and facts.muted:
        return t.md(f"report.{kind}.written.but_muted", n=changed, target=facts.target)
    if not facts.problems:
        how = "written" if (waiting or unread or summed.unequal) and not facts.preview else "clean"
        return t.md(f"report.{kind}.{how}", n=changed, target=facts.target)
    settled = facts.counts.get(OutcomeKind.UNCHANGED, 0) - waiting - unread
    if not changed and settled > 0:
        return t.md(f"report.{kind}.settled", settled=settled, n=facts.problems, people=facts.people)
    if not facts.settled and not any(facts.counts.get(how, 0) for how in PERHAPS_WRITTEN):
        return t.md(f"report.{kind}.none", n=facts.problems, target=facts.target)
    return t.md(f"report.{kind}.partly", changed=changed, n=facts.problems, people=facts.people, target=facts.target)


def replace_progress(facts: RunFacts, stage: str, done: int, total: int, why: Text | None = None) -> RunFacts:
    """The facts with how far the run is now, or why it waits."""
    return replace(facts, stage=stage, done=done, total=total, waits=why)


def by_direct_message(message: Message, integration: str, error: str, t: Translator) -> Message:
    """The message for the owner of an integration whose channel cannot be posted to, and why they get it."""
    why = t.md("report.dm.channel_failed", integration=integration, error=error)
    return Message(f"{why} {message.text}", [*_payload([blocks.section(why)]), *message.blocks])


def call(key: str, user_id: str, t: Translator, **values: object) -> Message:
    """Calls whoever is responsible to a run's thread: Slack tells nobody of a name that an edit has added."""
    words = t.md(f"report.call.{key}", who=Markup(f"<@{user_id}>"), **values)
    return Message(words, _payload([blocks.section(words)]))


def trouble(
    integration: str, integration_id: str, what: Text, t: Translator, responsible: str | None = None
) -> Message:
    """The integration cannot work until somebody connects it again; `responsible` is called to it."""
    title = t("report.trouble.title", integration=integration)
    spoken = t.md("report.trouble.title", integration=integration)
    button = _button(t, cards.CREDENTIALS, "report.button.reconnect", integration_id, style="primary")
    shown = [
        blocks.header(title),
        blocks.section(_lines(t.render_md(what), t.md("report.trouble.paused"))),
        blocks.actions(button),
    ]
    if responsible:
        shown.insert(2, blocks.section(t.md("report.call.trouble", who=Markup(f"<@{responsible}>"))))
    return Message(f"{spoken}. {t.render_md(what)}", _payload(shown))


def why_it_stopped(facts: RunFacts, t: Translator) -> str:
    """Why the run did not do its work, and what can be done."""
    said = t.md("report.refusal", words=" ".join(facts.refusal.split())) if facts.refusal else None
    return _lines(
        t.render_md(facts.reason) if facts.reason else None, said, t.render_md(facts.advice) if facts.advice else None
    )


def who_approved(facts: RunFacts, t: Translator) -> list[str]:
    """Who approved, and when; nothing where nobody had to."""
    if not (facts.approved_by and facts.approved_at):
        return []
    who = Markup(f"<@{facts.approved_by}>")
    return [t.md("report.approved", who=who, when=blocks.moment(t, facts.approved_at))]


def _again(again: PlanDiff, t: Translator) -> list[str]:
    """That the plan is not the one that was approved, and in how many people."""
    turned = {turn: f"report.again.{turn}" for turn in DiffKind}
    if again.approved_by is None:
        turned[DiffKind.DIFFERS] = "report.shown.differs"
    counted = [f"• {t.md(turned[turn], n=n)}" for turn in DiffKind if (n := again.turns.get(turn, 0))]
    return [_of_again("differs_from", again, t), *counted, t.md("report.again.see")]


def _of_again(word: str, again: PlanDiff, t: Translator) -> str:
    made = blocks.moment(t, again.made_at)
    if again.approved_by is None:
        return t.md(f"report.shown.{word}", made=made, n=again.people)
    who, when = Markup(f"<@{again.approved_by}>"), blocks.moment(t, again.approved_at)
    return t.md(f"report.again.{word}", who=who, when=when, made=made, n=again.people)


def origin(facts: RunFacts, t: Translator) -> str:
    """Between which systems, and who or what began it."""
    route = {"source": facts.source, "target": t(f"{facts.provider}.name") if facts.provider else facts.target}
    if facts.scheduled:
        return t.md("report.origin.scheduled", **route)
    if facts.requested_by:
        return t.md("report.origin.manual", who=Markup(f"<@{facts.requested_by}>"), **route)
    return t.md("report.origin.route", **route)


def _numbers_only(facts: RunFacts, t: Translator) -> Block:
    """Why nobody is named, and the button for who manages."""
    label = t("report.numbers_only.confirm")
    value = name_people_value(facts.channel_id, facts.integration_id)
    button = blocks.button(label, NAME_PEOPLE, value=value, spoken=label)
    return blocks.section(t.md("report.numbers_only"), accessory=button)


def _numbers(facts: RunFacts, t: Translator, unread: int = 0) -> list[Block]:
    suffix = ".preview" if facts.preview else ""
    counts = {kind.value: facts.counts.get(kind, 0) for kind in COUNTED}
    counts[OutcomeKind.UNCHANGED] -= unread
    counts["unread"] = unread
    return blocks.facts(
        [(t.md(f"report.count.{word}{suffix}"), t.value(count)) for word, count in counts.items() if count > 0]
    )


def _next_buttons(facts: RunFacts, t: Translator) -> list[ButtonElement]:
    """The step that the path offers first, then what can be done at any time; nothing twice."""
    next_step = cards.CREDENTIALS if facts.reconnect else NEXT_STEPS.get(facts.next_step or "")
    offered = dict.fromkeys((next_step, *_usual(facts)))
    buttons = []
    for action in offered:
        if action is None:
            continue
        label = "people" if action == cards.PLAN and not facts.preview else _LABELS[action]
        value = facts.run_id if action in _OF_RUN else facts.integration_id
        style = "primary" if action == next_step else None
        buttons.append(_button(t, action, f"report.button.{label}", value, style=style))
    return buttons


def _usual(facts: RunFacts) -> list[str]:
    usual = [] if facts.preview or facts.reconnect else [cards.PREVIEW]
    if facts.preview and not facts.reconnect:
        # A preview of the whole company is not what a sync of the test group would do; one of nobody who can take part
        # is nothing to apply.
        applies = facts.settled and not facts.reason and not facts.everyone
        usual += [cards.APPLY_PREVIEW] if applies else [] if facts.everyone else [cards.PREVIEW]
    else:
        usual += [] if facts.reconnect else [cards.SYNC]
    usual += [cards.RESOLVE] if facts.counts.get(OutcomeKind.CONFLICT, 0) else []
    usual += [cards.LEAVE_OUT] if facts.other_payroll else []
    usual += [cards.PLAN] if facts.people else []
    # After a test that went well it is decided whether to go on: or to take it back.
    tested = not facts.preview and facts.next_step == "widen" and any(facts.counts.get(kind, 0) for kind in WRITES)
    usual += [cards.UNDO] if tested else []
    usual += [cards.WORDS] if facts.words else []
    return usual if facts.reconnect else [*usual, cards.SCOPE]


def _button(t: Translator, action_id: str, label: str, value: str, style: str | None = None) -> ButtonElement:
    return blocks.button(t(label), action_id, value=value, style=style)


def _lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)


def _payload(shown: Iterable[Block]) -> list[dict[str, Any]]:
    return [block.to_dict() for block in shown]
