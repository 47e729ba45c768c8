"""Who takes part: a test group, departments, offices or everyone; and how ready the chosen people are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from slack_sdk.models.blocks import Block, Option

from bot.core.text import Markup, Text, text
from bot.domain.employee import PersonSummary, UnitCount
from bot.domain.findings import Finding, Severity
from bot.domain.scope import Scope, ScopeKind
from bot.locales import Translator
from bot.providers.protocol import Account
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import ACT, Frame, form

KIND = "scope.kind"
EXCLUDED = "scope.excluded"
WITHOUT_OFFICES = "scope.without_offices"
IN_OFFICES = "scope.in_offices"
SEARCHED = (ScopeKind.PEOPLE, ScopeKind.DEPARTMENTS, ScopeKind.OFFICES)

SHOWN_PEOPLE = 40
SHOWN_FINDINGS = 8
SHOWN_NAMES = 10

MANY = 3
"""People with one and the same note: from here on it is said once, with their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A person, department or office that was chosen, with the words it was chosen by."""

    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReadiness:
    """One person in the scope and what stands in the way of, or should be known about, syncing them."""

    name: str
    number: str
    findings: tuple[Finding, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether nothing blocks this person."""
        return not any(finding.severity is Severity.BLOCKING for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessSummary:
    """The people of a scope, examined. `people` are those with findings, and all of a small group.

    `more` tells that the scope holds more people than were examined.
    """

    examined: int
    ready: int
    people: tuple[PersonReadiness, ...] = field(default=(), repr=False)
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDiff:
    """How many active people a scope takes in and, where it replaces another, who comes in and who goes out.

    `coming` and `going` are the first names; their counts are None for a scope that replaces none.
    """

    people: int
    coming_count: int | None = None
    going_count: int | None = None
    coming: tuple[str, ...] = field(default=(), repr=False)
    going: tuple[str, ...] = field(default=(), repr=False)


def block_id(kind: ScopeKind) -> str:
    """The input in which people, departments or offices are searched; also its action id."""
    return f"scope.{kind.value}"


def scope(
    frame: Frame,
    kind: ScopeKind,
    picked: Mapping[ScopeKind, Sequence[Picked]],
    excluded: Sequence[Picked],
    without_offices: Sequence[Picked],
    in_offices: Sequence[Picked],
    source: Account | None,
    *,
    absence_alone: bool = False,
) -> View:
    """The choice of a kind, the search that belongs to it, and who is left out of it."""
    t = frame.t
    what = ".absence" if absence_alone else ""
    kinds = [
        b.option(each.value, t(f"scope.kind.{each.value}"), t(f"scope.kind.{each.value}.about")) for each in ScopeKind
    ]
    shown: list[Block] = [b.radio(KIND, t("scope.kind"), kinds, chosen=kind.value, refresh=True)]
    if kind is ScopeKind.PEOPLE:
        intro = t.md(f"scope.intro{what}", company=source.name) if source else t.md(f"scope.intro.unnamed{what}")
        shown.insert(0, b.section(intro))
    if kind in SEARCHED:
        chosen = [b.option(each.id, each.label) for each in picked.get(kind, ())]
        shown.append(
            b.search(
                block_id(kind),
                t(f"scope.{kind.value}"),
                block_id(kind),
                chosen=chosen,
                placeholder=t(f"scope.{kind.value}.placeholder"),
                hint=t(
                    "scope.people.hint.absence" if what and kind is ScopeKind.PEOPLE else f"scope.{kind.value}.hint"
                ),
                min_query_length=1 if kind is ScopeKind.PEOPLE else 0,
            )
        )
    if kind is not ScopeKind.PEOPLE:
        shown.append(
            b.search(
                EXCLUDED,
                t("scope.excluded"),
                EXCLUDED,
                chosen=[b.option(each.id, each.label) for each in excluded],
                placeholder=t("scope.people.placeholder"),
                hint=t("scope.excluded.hint"),
                optional=True,
            )
        )
    if kind is ScopeKind.DEPARTMENTS:
        shown.append(_offices(t, IN_OFFICES, in_offices))
    if kind in (ScopeKind.EVERYONE, ScopeKind.DEPARTMENTS):
        shown.append(_offices(t, WITHOUT_OFFICES, without_offices))
    if frame.flow != "setup":  # nobody has been in a scope yet
        shown.append(b.context(t.md("scope.note")))
    return form(frame, t("scope.title"), shown, submit=t("scope.check"))


def _offices(t: Translator, name: str, chosen: Sequence[Picked]) -> Block:
    """A search for offices that nobody has to choose; `name` is its block, its action and its texts."""
    return b.search(
        name,
        t(name),
        name,
        chosen=[b.option(each.id, each.label) for each in chosen],
        placeholder=t("scope.offices.placeholder"),
        hint=t(f"{name}.hint"),
        min_query_length=0,
        optional=True,
    )


def person_option(person: PersonSummary) -> Option:
    """A person in the search: name and number, then title, so that namesakes can be told apart."""
    return b.option(person.source_id, person_label(person), person.title)


def person_label(person: PersonSummary) -> str:
    """A person by name and number, as short as a choice has to be."""
    number = f" ({person.number})" if person.number else ""
    return b.cut(person.name, 75 - len(number)) + number


def unit_option(t: Translator, count: UnitCount) -> Option:
    """A department or office in the search, with how many people it has."""
    return b.option(count.unit.id, t("scope.unit", name=b.cut(count.unit.name, 55), n=count.people))


def described(t: Translator, rule: Scope, labels: Sequence[str] = ()) -> str:
    """A scope in one line: "Test group: Kari Nordmann (1001), Ola Hansen (1002)", "Everyone, except 2 people"."""
    said = _included(t, rule.kind, labels, len(rule.ids))
    if rule.in_offices:
        said = t.md("scope.described.in_offices", scope=Markup(said), n=len(rule.in_offices))
    if rule.without_offices:
        said = t.md("scope.described.without_offices", scope=Markup(said), n=len(rule.without_offices))
    return t.md("scope.described.except", scope=Markup(said), n=len(rule.excluded)) if rule.excluded else said


def scope_diff(found: ScopeDiff | None) -> list[Text]:
    """What a scope takes in, and what changes by it; None when it could not be counted in time."""
    if found is None:
        return [text("scope.reach.unknown")]
    said = [text("scope.reach", n=found.people)]
    if found.coming_count is None or found.going_count is None:
        return said
    if not found.coming_count and not found.going_count:
        return [*said, text("scope.reach.same")]
    for key, n, names in (
        ("scope.reach.coming", found.coming_count, found.coming),
        ("scope.reach.going", found.going_count, found.going),
    ):
        if n:
            more = (text("scope.reach.more", n=n - len(names)),) if n > len(names) else ()
            said.append(text(key, n=n, who=(*names, *more)))
    return said


def _included(t: Translator, kind: ScopeKind, labels: Sequence[str], count: int) -> str:
    if kind is ScopeKind.EVERYONE:
        return t.md("scope.described.everyone")
    some = tuple(labels[:5])
    rest = count - len(some)
    if not some:
        return t.md(f"scope.described.{kind.value}.count", n=count)
    if rest > 0:
        return t.md(f"scope.described.{kind.value}.more", who=some, n=rest)
    return t.md(f"scope.described.{kind.value}", who=some)


def readiness(frame: Frame, found: ReadinessSummary, *, submit: str, extra: Sequence[Text] = ()) -> View:
    """Every examined person with every missing or invalid field; nothing has been sent."""
    t = frame.t
    missing = found.examined - found.ready
    if found.examined == 0 and found.more:
        shown: list[Block] = [b.alert(t("readiness.not_examined"), "warning")]
    elif found.examined == 0:
        shown = [b.alert(t("readiness.nobody"), "warning")]
    elif missing == 0:
        shown = [b.alert(t("readiness.all", n=found.examined), "success")]
    else:
        shown = [b.alert(t("readiness.some", n=missing, all=found.examined), "warning")]
    shown += [b.section(t.render_md(each)) for each in extra]
    if found.more and found.examined:
        shown.append(b.section(t.md("readiness.more_in_scope", n=found.examined)))
    folded, rest = _folded(found.people)
    people = sorted(rest, key=lambda person: person.ready)
    shown += [b.section(_person(t, person)) for person in people[:SHOWN_PEOPLE]]
    if len(people) > SHOWN_PEOPLE:
        shown.append(b.section(t.md("readiness.more_people", n=len(people) - SHOWN_PEOPLE)))
    shown += [b.section(_shared(t, finding, names)) for finding, names in folded[:SHOWN_FINDINGS]]
    if len(folded) > SHOWN_FINDINGS:
        shown.append(b.section(t.md("readiness.more_findings", n=len(folded) - SHOWN_FINDINGS)))
    all_ready = found.examined and not missing
    shown.append(b.context(t.md("readiness.nothing_sent.ready" if all_ready else "readiness.nothing_sent")))
    shown.append(b.actions(b.button(t("readiness.again"), f"{ACT}:again"), block_id="readiness.again"))
    return form(frame, t("readiness.title"), shown, submit=submit)


def _folded(
    people: Sequence[PersonReadiness],
) -> tuple[list[tuple[Finding, list[str]]], list[PersonReadiness]]:
    """Notes that `MANY` share, with their names, the most frequent first; and the people with what is left of theirs.

    What stops somebody stays with the person.
    """
    shared: list[tuple[Finding, list[str]]] = []
    for person in people:
        for finding in person.findings:
            if finding.severity is not Severity.BLOCKING:
                names = next((names for known, names in shared if known == finding), None)
                if names is None:
                    shared.append((finding, [person.name]))
                else:
                    names.append(person.name)
    folded = [(finding, names) for finding, names in shared if len(names) >= MANY]
    said = [finding for finding, _ in folded]
    rest = []
    for person in people:
        left = tuple(finding for finding in person.findings if finding not in said)
        if left or not person.findings:
            rest.append(replace(person, findings=left))
    return sorted(folded, key=lambda one: -len(one[1])), rest


def _shared(t: Translator, finding: Finding, names: Sequence[str]) -> str:
    who: list[str] = [b.cut(name, 100) for name in names[:SHOWN_NAMES]]
    if len(names) > SHOWN_NAMES:
        who.append(t("readiness.shared.more", n=len(names) - SHOWN_NAMES))
    return "\n".join(
        [
            f"*{t.md('readiness.shared', n=len(names))}* {_finding(t, finding)}",
            t.md("readiness.shared.who", who=tuple(who)),
        ]
    )


def _person(t: Translator, person: PersonReadiness) -> str:
    who = (
        t.md("readiness.person", name=person.name, number=person.number)
        if person.number
        else t.md("readiness.person.no_number", name=person.name)
    )
    if not person.findings:
        return t.md("readiness.person.ready", who=Markup(who))
    lines = [f"*{who}*"]
    worst_first = sorted(person.findings, key=lambda finding: finding.severity is not Severity.BLOCKING)
    lines += [f"•  {_finding(t, finding)}" for finding in worst_first[:SHOWN_FINDINGS]]
    if len(worst_first) > SHOWN_FINDINGS:
        lines.append(t.md("readiness.more_findings", n=len(worst_first) - SHOWN_FINDINGS))
    return "\n".join(lines)


def _finding(t: Translator, finding: Finding) -> str:
    said = t.render_md(Text(f"check.{finding.code}", finding.values))
    advice = f"check.{finding.code}.advice"
    line = said if finding.severity is Severity.BLOCKING else t.md("readiness.warning", what=Markup(said))
    if t.has(advice):
        line += f" {t.render_md(Text(advice, finding.values))}"
    if finding.verbatim:
        line += f" {t.render_md(text('flow.verbatim', words=finding.verbatim))}"
    return line
