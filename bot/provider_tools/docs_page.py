"""The page about all providers, made from what they declare, in the words that the bot's users read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from babel import Locale

from bot.domain.resource import Resource
from bot.locales import translator
from bot.provider_tools.quality import standing
from bot.providers import registry
from bot.providers.leave_protocol import LeaveFieldSpec
from bot.providers.protocol import CredentialField, FieldSpec, ProviderInfo, ResourceSpec, SettingField, Write
from bot.views.report.values import is_personal

WRITTEN = {
    Write.ALWAYS: "always",
    Write.CREATE_ONLY: "when it is made",
    Write.WHEN_EMPTY: "when it is empty",
    Write.ALONG: "with another change beside it",
    Write.BY_HAND_AFTER: "when it is made; later by hand",
    Write.BY_HAND: "by hand",
}
MARK = "<!-- Made by `integration-bot providers docs` from what the providers declare. Do not edit. -->"
NOT_OFFERED = (
    (
        "Nmbrs",
        "Sweden",
        "Its REST API is described for Dutch payroll alone. Swedish environments (`*.nmbrs.se`) are an installation of "
        "their own, of which only the SOAP API is published, and that one is said to end in March 2027. It is built "
        "once Nmbrs' partner support, or a customer whose Nmbrs is Swedish, says how one is reached.",
    ),
    (
        "Tidsbanken: absence",
        "Norway",
        "Employees are taken, absence is not: Simployer's own connection writes it, but where and in which form is "
        "described on pages of Tidsbanken's portal alone that take a login. It is built once those have been read. "
        "Salaries are no part of a time system.",
    ),
    (
        "Xledger: salaries, percentage and absence",
        "Norway",
        "Employees are taken. Their positions, pay rates and absences can be read, but no mutation that writes them is "
        "known: no public client has one, and a shipped HR integration asks for no right to them. The schema is not "
        "published; it is built once a customer's own has been seen to have them.",
    ),
)
"""Systems that were looked at and cannot be built truthfully yet: name, countries, and why."""
ENGLISH = Locale.parse("en")

_t = translator("en")


def providers_page() -> str:
    """The page in Markdown, the source first and the targets by name."""
    source, targets = registry.source(), registry.targets()
    ordered = sorted(targets.items(), key=lambda item: _t(f"{item[0]}.name").casefold())
    infos = [source.info, *(target.info for _, target in ordered)]
    pieces = [MARK, "", "# Systems", "", *_overview(infos), "", *_source(source.info)]
    for _, target in ordered:
        pieces += ["", *_target(target.info, target.fields)]
    pieces += ["", "## Not offered", "", *_table(("System", "Countries", "Why"), NOT_OFFERED)]
    return "\n".join(pieces) + "\n"


def _overview(infos: Sequence[ProviderInfo]) -> Iterator[str]:
    yield "Quality is the highest level of the scale whose rules, and all below it, are done and proven by tests; "
    yield "an exemption holds it back."
    yield ""
    rows = [
        (f"[{_name(info)}](#{info.key.replace('_', '-')})", _countries(info), _syncs(info), standing(info.key).level)
        for info in infos
    ]
    yield from _table(("System", "Countries", "What it takes", "Quality"), rows)


def _source(info: ProviderInfo) -> Iterator[str]:
    yield from _head(info)
    yield from _credentials(info.key, info.credentials)


def _target(info: ProviderInfo, fields: Sequence[FieldSpec]) -> Iterator[str]:
    yield from _head(info)
    if info.delivers:
        yield "It takes files and cannot be read: a person is *delivered*, and what was delivered is compared with."
        yield ""
    yield from _credentials(info.key, info.credentials)
    if info.settings:
        yield ""
        yield from _settings(info.key, info.settings)
    if info.takes_people:
        yield from _written(info, fields)
    else:
        yield ""
        yield "It takes absence only: the set-up says so, and asks nothing about employees."
    absence = info.spec(Resource.ABSENCE)
    if absence is not None:
        yield from _absence(info, absence)


def _written(info: ProviderInfo, fields: Sequence[FieldSpec]) -> Iterator[str]:
    yield ""
    yield "### What is written"
    yield ""
    yield "Nothing is cleared because the source has nothing, unless *cleared* stands there. Private values are never "
    yield "shown in Slack or written to a log."
    yield ""
    yield from _table(
        ("Field", "Of", "In Simployer", f"In {_name(info)}", "Written", "Note"), [_field(rule) for rule in fields]
    )


def _absence(info: ProviderInfo, absence: ResourceSpec) -> Iterator[str]:
    yield ""
    yield "### Absence"
    yield ""
    yield _begins(info, absence)
    yield ""
    if absence.settings:
        yield from _setting_table(info.key, absence.settings)
        yield ""
    headings = ("Field", "In Simployer", f"In {_name(info)}", "Written", "Note")
    yield from _table(headings, [_leave_field(rule) for rule in absence.fields])


def _begins(info: ProviderInfo, absence: ResourceSpec) -> str:
    limits = absence.leave
    if limits is not None and limits.list_alone:
        how = "gives a list of each payroll period and of every later change, which a person types in"
        return f"{_name(info)} has no published way to take absence. `/integration absence` {how}."
    return "Off until `/integration absence` switches it on." if info.takes_people else "Chosen in the set-up."


def _leave_field(rule: LeaveFieldSpec) -> tuple[str, ...]:
    note = _t(rule.transformation) if rule.transformation else ""
    kind = "private" if rule.private else ""
    return (_t(f"leave.field.{rule.key}"), _code(rule.source), _code(rule.target), kind, note)


def _head(info: ProviderInfo) -> Iterator[str]:
    rated = standing(info.key)
    yield f'<a id="{info.key.replace("_", "-")}"></a>'
    yield ""
    yield f"## {_name(info)}"
    yield ""
    yield _t(f"{info.key}.summary")
    yield ""
    yield f"- Needs: {_t(f'{info.key}.needs')}"
    yield f"- Countries: {_countries(info)}"
    yield f"- Quality: {rated.level}"
    yield from (f"- Exempt from {rule}: {reason}" for rule, reason in rated.exempt.items())
    yield f"- Facts, open questions and troubleshooting: [README](../bot/providers/{info.key}/README.md)"
    yield ""


def _credentials(provider: str, credentials: Sequence[CredentialField]) -> Iterator[str]:
    yield "### Credentials"
    yield ""
    rows = []
    for field in credentials:
        base = f"{provider}.credential.{field.key}"
        kind = ["secret" if field.secret else "not secret", *(["optional"] if field.optional else [])]
        if field.assigned:
            kind.append("assigned by the operator")
        if field.when:
            kind.append(f"for {_t('.'.join((provider, 'credential', *field.when)))}")
        choices = [_t(f"{base}.{choice}") for choice in field.choices]
        rows.append((_t(base), ", ".join(kind), ", ".join(choices), _t(f"{base}.hint")))
    yield from _table(("Credential", "Kind", "Choices", "Hint"), rows)


def _settings(provider: str, settings: Sequence[SettingField]) -> Iterator[str]:
    yield "### Settings"
    yield ""
    yield from _setting_table(provider, settings)


def _setting_table(provider: str, settings: Sequence[SettingField]) -> Iterator[str]:
    rows = []
    for setting in settings:
        base = f"{provider}.setting.{setting.key}"
        choices = ", ".join(_t(f"{base}.{choice}") for choice in setting.choices)
        if setting.live:
            choices = "read from the system"
        default = _t(f"{base}.{setting.default}") if setting.default in setting.choices else setting.default or ""
        when = "at set-up" if setting.ask else "later"
        asked = f"{when}, required" if setting.required and setting.default is None else when
        rows.append((_t(base), choices or "typed", default, asked, _t(f"{base}.hint")))
    yield from _table(("Setting", "Choices", "Default", "Asked", "Hint"), rows)


def _field(rule: FieldSpec) -> tuple[str, ...]:
    marks = [WRITTEN[rule.write]]
    marks += [word for word, so in (("cleared", rule.clears), ("required", rule.required)) if so]
    if is_personal(rule):
        marks.append("private" if rule.private else "personal")
    note = _t(rule.transformation) if rule.transformation else ""
    return (_t(f"field.{rule.key}"), rule.level.value, _code(rule.source), _code(rule.target), ", ".join(marks), note)


def _name(info: ProviderInfo) -> str:
    return _t(f"{info.key}.name")


def _countries(info: ProviderInfo) -> str:
    return ", ".join(ENGLISH.territories.get(country, country) for country in info.countries) or "any"


def _syncs(info: ProviderInfo) -> str:
    return ", ".join(_t(key) for key in info.syncs)


def _code(name: str) -> str:
    return f"`{name}`" if name else ""


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(headings)
    yield _row(["---"] * len(headings))
    yield from (_row(row) for row in rows)


def _row(cells: Sequence[str]) -> str:
    # A bar would end the cell, and an angle bracket would begin HTML.
    safe = [" ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;") for cell in cells]
    return f"| {' | '.join(safe)} |".replace("|  |", "| |")
