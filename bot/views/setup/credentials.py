"""Credentials of either side, the companies they lead to, and what is said when a company is connected already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from slack_sdk.models.blocks import Block

from bot.core.text import Text
from bot.locales import Translator
from bot.providers.protocol import Account, ControlProof, CredentialField, ProviderInfo
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.edit.expiry import until_input
from bot.views.wizard import ACT, Frame, StepProblem, form

PREFIX = "credential."


def block_id(provider: str, key: str) -> str:
    """The input of one credential. The provider is in it, so that nothing typed for one shows up for another."""
    return f"{PREFIX}{provider}.{key}"


def until_id(provider: str) -> str:
    """The input of the last day on which the credentials are good."""
    return f"until.{provider}"


SAME_KEY = "same_key"
"""The verb of the button that says that a server's fingerprint is the one that was looked up."""


def unconfirmed_key(problem: StepProblem | None) -> str | None:
    """The fingerprint that a server has shown and nobody has confirmed yet, where that is the problem."""
    if problem is None or problem.text.key != "sftp.host_key_unconfirmed":
        return None
    return str(problem.text.values["fingerprint"])


def credentials(
    frame: Frame,
    info: ProviderInfo,
    typed: Mapping[str, str],
    *,
    title: str,
    intro: Text,
    until: date | None = None,
    retry: bool = False,
    instead: tuple[str, str] | None = None,
    consent: str | None = None,
) -> View:
    """The fields that a system asks for. `typed` holds earlier choices; a secret is never put back into a form.

    `until` is the day that was chosen, on which the credentials are good for the last time.

    `retry` offers to check again what was entered last, when the system could not be reached; `instead` is another
    way, as (verb, label). `consent` is the page of the system on which somebody agrees first.
    """
    t = frame.t
    decisive = {each.when[0] for each in info.credentials if each.when}
    asked = [each for each in info.asked(typed) if not (each.registered and len(each.choices) == 1)]
    agreed = "".join(typed.values()) if info.control is ControlProof.VENDOR_CONSENT else ""
    first = next((each.key for each in asked if not each.choices and not typed.get(each.key)), None)
    inputs = [
        _field(t, info.key, each, typed.get(each.key) or agreed, refresh=each.key in decisive, focus=each.key == first)
        for each in asked
    ]
    shown: list[Block] = [b.section(t.render_md(intro)), *inputs]
    if info.key_page:
        label = t.md("setup.key_page", system=t(f"{info.key}.name"))
        shown.append(b.context(f"<{info.key_page}|{label}>"))
    if consent is not None:
        label = t.md("consent.open", system=t(f"{info.key}.name"))
        shown[1:1] = [b.section(f"<{consent.replace('&', '&amp;')}|{label}>")]
    if info.control is not ControlProof.VENDOR_CONSENT and any(each.secret for each in asked):
        shown.append(until_input(until_id(info.key), t, until))
    fault = frame.problem.field if frame.problem else None
    if (shown_key := unconfirmed_key(frame.problem)) is not None:
        at = next((i + 1 for i, block in enumerate(shown) if fault and block.block_id == fault), 1)
        same = b.button(t("sftp.host_key_same"), f"{ACT}:{SAME_KEY}", value=shown_key)
        shown.insert(at, b.actions(same, block_id="credentials.same_key"))
    elif retry:
        # Below the error, which the form puts above the field at fault, or first of all.
        at = next((i + 1 for i, block in enumerate(shown) if fault and block.block_id == fault), 1)
        again = b.button(t("setup.credentials.retry"), f"{ACT}:retry")
        shown.insert(at, b.actions(again, block_id="credentials.retry"))
    if any(each.secret for each in asked):
        # What comes of a consent is good once, and is not kept.
        key = "consent.kept" if info.control is ControlProof.VENDOR_CONSENT else "setup.credentials.visible"
        shown.append(b.context(t.md(key)))
    if instead:
        verb, label = instead
        shown.append(b.actions(b.button(label, f"{ACT}:{verb}"), block_id="credentials.instead"))
    return form(frame, title, shown, submit=t("setup.credentials.check"))


def source_in_use(frame: Frame, company: Account, key: str) -> View:
    """The Simployer account that is known already; `key` is the text that says why."""
    t = frame.t
    return form(
        frame,
        t("setup.source.title"),
        [
            b.section(t.md(key, company=company.name)),
            *b.facts(company_rows(t, company)),
            b.actions(b.button(t("setup.source.replace"), f"{ACT}:replace"), block_id="source.replace"),
        ],
        submit=t("flow.next"),
    )


def accounts(
    frame: Frame,
    target_name: str,
    source: Account,
    target: Account,
    warnings: Sequence[Text] = (),
    *,
    absence_alone: bool = False,
) -> View:
    """Both companies, to be confirmed: the right names are the proof that nobody's pay goes elsewhere.

    Where absence alone goes to an account that nobody signs in to, a person gets the files.
    """
    t = frame.t
    by_hand = absence_alone and target.user is None
    shown: list[Block] = [
        b.alert(t("setup.accounts.by_hand" if by_hand else "setup.accounts.proven"), "success"),
        b.section(f"*{t.md('simployer.name')}*"),
        *b.facts(company_rows(t, source)),
        b.divider(),
        b.section(f"*{target_name}*"),
        *b.facts(company_rows(t, target)),
        b.divider(),
        *(b.alert(t.render(each), "warning") for each in warnings),
        b.section(t.md("setup.accounts.question.absence" if absence_alone else "setup.accounts.question")),
    ]
    return form(frame, t("setup.accounts.title"), shown, submit=t("setup.accounts.right"))


def already_connected(
    frame: Frame, name: str, company: Account, integration_id: str, edits: Sequence[tuple[str, str]]
) -> View:
    """The company has an integration: one company is never synced by two. `edits` are (action id, label) buttons."""
    t = frame.t
    buttons = [b.button(label, action_id, value=integration_id) for action_id, label in edits]
    return form(
        frame,
        t("setup.duplicate.title"),
        [
            b.alert(t("setup.duplicate", company=company.name, name=name), "error"),
            b.section(t.md("setup.duplicate.advice", name=name)),
            b.actions(*buttons, block_id="duplicate.edit"),
        ],
    )


def company_rows(t: Translator, company: Account) -> list[tuple[str, str]]:
    """What names a company: its name, organisation number, environment and the user behind the credentials."""
    rows = [(t.md("setup.company.name"), t.md("setup.company.value", value=company.name))]
    if company.organisation_number:
        rows.append((t.md("setup.company.number"), t.md("setup.company.value", value=company.organisation_number)))
    if company.environment != "production":
        rows.append((t.md("setup.company.environment"), t.md("setup.company.test")))
    if company.user:
        rows.append((t.md("setup.company.user"), t.md("setup.company.value", value=company.user)))
    return rows


def _field(
    t: Translator, provider: str, credential_field: CredentialField, typed: str | None, *, refresh: bool, focus: bool
) -> Block:
    base = f"{provider}.credential.{credential_field.key}"
    hint = t(f"{base}.hint") if t.has(f"{base}.hint") else None
    placeholder = t(f"{base}.placeholder") if t.has(f"{base}.placeholder") else None
    kept = credential_field.secret and bool(typed)
    if credential_field.choices:
        options = [b.option(choice, t(f"{base}.{choice}")) for choice in credential_field.choices]
        chosen = typed or credential_field.choices[0]
        return b.menu(
            block_id(provider, credential_field.key), t(base), options, chosen=chosen, hint=hint, refresh=refresh
        )
    return b.text_input(
        block_id(provider, credential_field.key),
        t(base),
        hint=hint,
        placeholder=t("setup.credentials.kept") if kept else placeholder,
        initial=None if credential_field.secret else typed,
        optional=credential_field.optional or kept,
        multiline=credential_field.multiline,
        max_length=min(credential_field.max_length, 3000),
        focus=focus,
    )
