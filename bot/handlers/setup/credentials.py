"""What is common to asking for credentials, of the source or of a target."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.core.text import Text, text
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.interaction import Entered
from bot.handlers.framework.wizard import StepContext
from bot.handlers.shared.drafts import CredentialsDraft
from bot.jobs.scheduling import calendar
from bot.jobs.scheduling import expiry_warnings as jobs
from bot.providers import registry
from bot.providers.consent import CONSENT
from bot.providers.errors import CredentialsRefused, ProviderError, Unavailable, WrongAccount
from bot.providers.protocol import ControlProof, CredentialField, ProviderInfo
from bot.views.setup.credentials import SAME_KEY, block_id, until_id
from bot.views.wizard import Frame, StepProblem
from storage import expiries
from storage.database import Session


def take(info: ProviderInfo, entered: Entered, before: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Text]]:
    """The values by credential key, trimmed, and what is wrong, by block id; of what the choices ask for.

    A secret that is left empty is the one of `before`, which no form shows again; so is a choice that was not asked
    for, as there is one alone, and what is kept of a consent, which is good once.
    """
    values: dict[str, str] = {}
    errors: dict[str, Text] = {}
    typed = {credential.key: _given(info.key, credential, entered, before) for credential in info.credentials}
    for credential in info.asked(typed):
        where, value = block_id(info.key, credential.key), typed[credential.key]
        if value and _hides_something(value, credential):
            errors[where] = text("setup.credentials.characters")
        elif value and (not credential.choices or value in credential.choices):
            values[credential.key] = value
        elif not credential.optional:
            errors[where] = text("setup.credentials.empty")
    if not values and redeemed(info, before):
        return dict(before), {}
    return values, errors


def _given(provider: str, credential: CredentialField, entered: Entered, before: Mapping[str, str]) -> str:
    where = block_id(provider, credential.key)
    if where not in entered and credential.choices:
        kept = before.get(credential.key, "")
        return kept if kept in credential.choices else credential.choices[0]
    return _typed(entered.get(where)) or (before.get(credential.key, "") if credential.secret else "")


def _hides_something(value: str, credential: CredentialField) -> bool:
    """Whether a value holds what nobody sees or no system can be sent: control characters, halves of characters, and,
    but for a password, invisible ones that come along when something is copied."""
    seen = value.replace("\n", "").replace("\r", "").replace("\t", "") if credential.multiline else value
    hidden = {"Cc", "Cs"} if credential.key == "password" else {"Cc", "Cs", "Cf", "Co", "Cn"}
    return any(unicodedata.category(letter) in hidden for letter in seen)


def _typed(entered: object) -> str:
    return entered.strip() if isinstance(entered, str) else ""


def take_until(
    context: StepContext[WizardState], info: ProviderInfo, entered: Entered
) -> tuple[date | None, dict[str, Text]]:
    """The day on which the credentials are good for the last time, where one was chosen, and what is wrong with it."""
    chosen = entered.get(until_id(info.key))
    until = date.fromisoformat(chosen) if isinstance(chosen, str) else None
    if until is not None and until < calendar.local_day(
        context.interaction.services.clock(), context.interaction.member.timezone
    ):
        return until, {until_id(info.key): text("expiry.until.over")}
    return until, {}


async def keep_until(
    session: Session, context: StepContext[WizardState], integration_id: str, until: date | None
) -> None:
    """Store the day that was told with credentials, or that none was; `integration_id` as in `storage.expiries`."""
    services, wanted = context.interaction.services, None
    if until is not None:
        warn_at = jobs.next_warning(until, services.clock(), services.settings.timezone)
        wanted = expiries.Expiry(
            team_id=context.interaction.team_id, integration_id=integration_id, until=until, warn_at=warn_at
        )
    await expiries.replace(session, context.interaction.team_id, integration_id, wanted)


def keep_typed(info: ProviderInfo, entered: Entered, before: Mapping[str, str]) -> dict[str, str]:
    """What is kept of a form that is left: everything, also what is not asked for now. Secrets are kept sealed, and put
    into no form again; one that is left empty stays as it was."""
    kept = dict(before)
    for credential in info.credentials:
        where = block_id(info.key, credential.key)
        if where not in entered:
            continue
        value = _typed(entered[where])
        if not credential.secret:
            kept.pop(credential.key, None)
        if value and not _hides_something(value, credential):
            kept[credential.key] = value
    return kept


def confirm_shown(answers: CredentialsDraft, verb: str, shown: str) -> None:
    """Take over the fingerprint of a server that somebody has compared and pressed the button for, if it was that."""
    if verb == SAME_KEY and shown:
        answers.target_credentials = {**answers.target_credentials, "host_key": shown}


def without_secrets(info: ProviderInfo, values: Mapping[str, str]) -> dict[str, str]:
    """The choices: what may be shown in a form again."""
    open_ones = {credential.key for credential in info.credentials if not credential.secret}
    return {key: value for key, value in values.items() if key in open_ones}


def without_fault(info: ProviderInfo, values: Mapping[str, str], error: ProviderError) -> dict[str, str]:
    """What need not be entered anew after a check has failed: all, unless the secrets themselves were refused.

    They go together then: which of a password and a key is wrong, no system tells.
    """
    if isinstance(error, WrongAccount):
        return without_secrets(info, values)
    if not isinstance(error, CredentialsRefused):
        return dict(values)
    at_fault = next((credential for credential in info.credentials if credential.key == error.field), None)
    return dict(values) if at_fault is not None and not at_fault.secret else without_secrets(info, values)


async def consent_page(context: StepContext[CredentialsDraft], frame: Frame) -> tuple[Frame, str | None]:
    """The frame of a form that asks what came of a consent, and where the person agrees; None where nothing is agreed
    to in a browser, and where the operator has not set it up, which the frame then says before anything is pasted."""
    interaction, provider = context.interaction, context.answers.provider
    try:
        url = await interaction.services.connections.consent_url(interaction.team_id, interaction.user_id, provider)
    except CredentialsRefused as refused:
        problem = problem_of(refused, registry.target(provider).info)
        return replace(frame, problem=frame.problem or problem), None
    return frame, url


async def redeem(context: StepContext[CredentialsDraft]) -> None:
    """Put what is kept of a consent into the place of what was pasted. Raises `ProviderError`; the consent is used up
    either way."""
    interaction, entered = context.interaction, context.answers.target_credentials
    context.answers.target_credentials = {}
    kept = await interaction.services.connections.redeemed(
        interaction.team_id, interaction.user_id, context.answers.provider, entered
    )
    context.answers.target_credentials = dict(kept)


def redeemed(info: ProviderInfo, values: Mapping[str, str]) -> bool:
    """Whether they are what is kept of a consent, so that nobody need agree again."""
    return info.control is ControlProof.VENDOR_CONSENT and bool(values.keys() - {CONSENT})


def complete(info: ProviderInfo, values: Mapping[str, str]) -> bool:
    """Whether all that is needed is there, so that a check can be repeated without typing again."""
    if info.control is ControlProof.VENDOR_CONSENT:
        return redeemed(info, values)
    asked = info.asked(values)
    secret = [credential for credential in asked if credential.secret]
    # A password or a key may each be left out, but once both are gone there is nothing to check.
    if secret and not any(values.get(credential.key) for credential in secret):
        return False
    return all(credential.optional or values.get(credential.key) for credential in asked)


def problem_of(error: ProviderError, info: ProviderInfo) -> StepProblem:
    """A failed check for the form: at the credential at fault where it is known."""
    field = block_id(info.key, error.field) if isinstance(error, CredentialsRefused) and error.field else None
    advice = error.advice
    if advice is None and isinstance(error, Unavailable):
        advice = text("flow.try_again")
    return StepProblem(text=error.text, advice=advice, verbatim=error.verbatim, reference=error.reference, field=field)
