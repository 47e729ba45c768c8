"""What is common to asking for credentials, of the source or of a target."""

from __future__ import annotations

from collections.abc import Mapping

from bot.handlers.visit import Entered
from bot.providers.errors import CredentialsRefused, ProviderError, Unavailable
from bot.providers.protocol import ProviderInfo
from bot.text import Text, text
from bot.views.flow import Problem
from bot.views.setup.credentials import block_id


def take(info: ProviderInfo, entered: Entered) -> tuple[dict[str, str], dict[str, Text]]:
    """The values by credential key, trimmed, and what is wrong, by block id; of what the choices ask for."""
    values: dict[str, str] = {}
    errors: dict[str, Text] = {}
    typed = {one.key: _typed(entered.get(block_id(info.key, one.key))) for one in info.credentials}
    for one in info.asked(typed):
        where, value = block_id(info.key, one.key), typed[one.key]
        if value and (not one.choices or value in one.choices):
            values[one.key] = value
        elif not one.optional:
            errors[where] = text("setup.credentials.empty")
    return values, errors


def _typed(entered: object) -> str:
    return entered.strip() if isinstance(entered, str) else ""


def keep_open_ones(info: ProviderInfo, entered: Entered, before: Mapping[str, str]) -> dict[str, str]:
    """What may be put back into a form on the way back: the values that are no secret."""
    values, _ = take(info, entered)
    secret = {one.key for one in info.credentials if one.secret}
    return {**before, **{key: value for key, value in values.items() if key not in secret}}


def complete(info: ProviderInfo, values: Mapping[str, str]) -> bool:
    """Whether all that is needed is there, so that a check can be repeated without typing again."""
    return all(one.optional or values.get(one.key) for one in info.asked(values))


def problem_of(error: ProviderError, info: ProviderInfo) -> Problem:
    """A failed check for the form: at the credential at fault where it is known."""
    field = block_id(info.key, error.field) if isinstance(error, CredentialsRefused) and error.field else None
    advice = error.advice
    if advice is None and isinstance(error, Unavailable):
        advice = text("flow.try_again")
    return Problem(text=error.text, advice=advice, verbatim=error.verbatim, reference=error.reference, field=field)
